import { css, html } from 'lit';
import { Part } from './part.js';

/** What the browser gives and what the page does with the data, in one line. */
export class StateLine extends Part {
  static override styles = [
    Part.styles,
    css`
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 18px;
      }
      li {
        display: flex;
        align-items: center;
        gap: 7px;
      }
      li::before {
        content: '';
        width: 8px;
        height: 8px;
        border-radius: 50%;
        background: var(--good);
      }
      li.waiting::before {
        background: var(--warn);
      }
      li.failed::before {
        background: var(--bad);
      }
    `,
  ];

  protected override render() {
    const { engine } = this.state;
    return html`<div role="status">
      <ul class="small quiet">
        ${
          engine.status === 'loading'
            ? html`<li class="waiting">Loading the quantizer…</li>`
            : engine.status === 'failed'
              ? html`<li class="failed">
                  The quantizer could not be loaded: ${engine.problem.message}
                </li>`
              : html`<li>Loaded, works offline</li>
                  <li>${threadText(engine.threads)}</li>`
        }
        <li>Nothing is uploaded</li>
      </ul>
    </div>`;
  }
}

function threadText(threads: number): string {
  if (threads > 1) return `${threads} threads`;
  return crossOriginIsolated ? '1 thread' : '1 thread (the server does not isolate this page)';
}

customElements.define('xq-state-line', StateLine);
