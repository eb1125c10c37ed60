import { css, html, LitElement } from 'lit';
import { placeText, type Problem } from './problem.js';
import { shared } from './styles.js';

const kLabel = { error: 'Error', warning: 'Warning', info: 'Note' } as const;

/** Errors and notes: what happened, where, and what to do. Fires "show" with the problem when its place is chosen. */
export class ProblemList extends LitElement {
  static override properties = { problems: { attribute: false }, canShow: { type: Boolean } };
  declare problems: readonly Problem[];
  /** Whether the place of a problem can be shown (its line in the config editor). */
  declare canShow: boolean;

  static override styles = [
    shared,
    css`
      ul {
        display: grid;
        gap: 8px;
      }
      li {
        padding: 10px 14px;
        border-radius: 9px;
        border-inline-start: 4px solid var(--tone);
        background: var(--tone-soft);
      }
      .error {
        --tone: var(--bad);
        --tone-soft: var(--bad-soft);
      }
      .warning {
        --tone: var(--warn);
        --tone-soft: var(--warn-soft);
      }
      .info {
        --tone: var(--quiet);
        --tone-soft: var(--sunken);
      }
      strong {
        color: var(--tone);
      }
      .message {
        overflow-wrap: anywhere;
      }
      .lines {
        white-space: pre-line;
      }
      .code {
        margin-inline-start: 6px;
        color: var(--quiet);
      }
    `,
  ];

  constructor() {
    super();
    this.problems = [];
    this.canShow = false;
  }

  protected override render() {
    return html`<ul>
      ${this.problems.map((problem) => this.item(problem))}
    </ul>`;
  }

  private item(problem: Problem) {
    const place = placeText(problem.place);
    return html`<li class=${problem.severity}>
      <p class="message">
        <strong>${kLabel[problem.severity]}:</strong> <span class="lines">${problem.message}</span>
        ${problem.code ? html`<span class="code mono">${problem.code}</span>` : ''}
      </p>
      ${
        place
          ? html`<p class="small place">
              ${
                this.canShow && problem.place.line
                  ? html`<button class="link" @click=${() => this.show(problem)}>${place}</button>`
                  : html`<span class="quiet">${place}</span>`
              }
            </p>`
          : ''
      }
      ${problem.fix ? html`<p class="small fix">${problem.fix}</p>` : ''}
    </li>`;
  }

  private show(problem: Problem): void {
    this.dispatchEvent(new CustomEvent<Problem>('show', { detail: problem }));
  }
}

customElements.define('xq-problem-list', ProblemList);
