import { css, html } from 'lit';
import { offsetOf } from './config/jsonc.js';
import { Part } from './part.js';
import type { Problem } from './problem.js';
import './problem-list.js';

/** The configuration as text, with what is wrong in it beside it. */
export class ConfigEditor extends Part {
  static override styles = [
    Part.styles,
    css`
      .columns {
        display: grid;
        grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
        gap: 16px;
        align-items: start;
      }
      .text {
        display: grid;
        grid-template-columns: auto 1fr;
        max-height: 480px;
        overflow: auto;
        border: 1px solid color-mix(in srgb, var(--quiet) 70%, transparent);
        border-radius: 9px;
        background: var(--sunken);
      }
      .text:focus-within {
        outline: 3px solid var(--accent);
        outline-offset: 2px;
      }
      .lines,
      textarea {
        margin: 0;
        padding: 12px;
        font: 0.8125rem/1.55 var(--mono);
      }
      .lines {
        padding-inline-end: 0;
        color: var(--quiet);
        text-align: end;
        user-select: none;
      }
      .lines .wrong {
        color: var(--bad);
        font-weight: 700;
      }
      textarea {
        border: 0;
        border-radius: 0;
        background: none;
        outline: none;
        resize: none;
        white-space: pre;
        overflow-x: auto;
        overflow-y: hidden;
        tab-size: 2;
      }
      textarea:focus-visible {
        outline: none;
      }
      label {
        display: block;
        margin-bottom: 6px;
      }
      .actions {
        margin-top: 10px;
      }
      @media (max-width: 760px) {
        .columns {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  protected override render() {
    const { configText, configProblems, model } = this.state;
    const lineCount = configText.split('\n').length;
    const wrong = new Set(configProblems.map((problem) => problem.place.line));
    return html`
      <label for="text" class="small quiet">
        XQuant and XSlim configs work as they are; comments and trailing commas are fine.
      </label>
      <div class="columns">
        <div>
          <div class="text">
            <div class="lines" aria-hidden="true">
              ${Array.from({ length: lineCount }, (_, i) => html`<div class=${wrong.has(i + 1) ? 'wrong' : ''}>${i + 1}</div>`)}
            </div>
            <textarea
              id="text"
              rows=${Math.max(12, lineCount)}
              spellcheck="false"
              autocomplete="off"
              autocapitalize="off"
              aria-describedby="problems"
              .value=${configText}
              @input=${this.edited}
            ></textarea>
          </div>
          <div class="row actions">
            <button class="link" ?hidden=${!model} @click=${() => this.bench.resetConfig()}>
              Start again from the model
            </button>
          </div>
        </div>
        <div id="problems" aria-live="polite">
          ${
            configProblems.length > 0
              ? html`<xq-problem-list
                  .problems=${configProblems}
                  canShow
                  @show=${(event: CustomEvent<Problem>) => this.show(event.detail)}
                ></xq-problem-list>`
              : configText === ''
                ? html`<p class="quiet small">
                    Drop a config file, write one, or drop a model to start from.
                  </p>`
                : html`<p class="small ok">✓ No errors found.</p>`
          }
        </div>
      </div>
    `;
  }

  private edited(event: Event): void {
    this.bench.typeConfig((event.target as HTMLTextAreaElement).value);
  }

  /** Puts the cursor where a problem is. */
  private show(problem: Problem): void {
    const area = this.renderRoot.querySelector('textarea');
    const { line, column } = problem.place;
    if (!area || !line) return;
    const offset = offsetOf(area.value, line, column || 1);
    area.focus();
    area.setSelectionRange(offset, offset + 1);
  }
}

customElements.define('xq-config-editor', ConfigEditor);
