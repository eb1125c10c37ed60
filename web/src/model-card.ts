import { css, html } from 'lit';
import type { Inspection } from 'xquant';
import { Part } from './part.js';
import { notice, type Problem } from './problem.js';
import './problem-list.js';
import { bytes, count, quantity, shapeText } from './words.js';

/** What was recognised in the model. */
export class ModelCard extends Part {
  static override styles = [
    Part.styles,
    css`
      .name {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      dl {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(105px, 1fr));
        gap: 10px 16px;
        margin: 14px 0;
      }
      dt {
        color: var(--quiet);
        font-size: 0.8125rem;
      }
      dd {
        margin: 0;
        font-weight: 550;
        overflow-wrap: anywhere;
      }
      .tensors {
        display: grid;
        gap: 4px;
        padding: 12px 0;
        border-top: 1px solid var(--line);
      }
      .tensors li {
        display: grid;
        grid-template-columns: 4rem 1fr;
        gap: 8px;
      }
      .operators {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        padding-top: 8px;
      }
      .operators li {
        padding: 1px 9px;
        border-radius: 99px;
        background: var(--accent-soft);
        font-size: 0.8125rem;
      }
      .operators li.float {
        background: var(--sunken);
        color: var(--quiet);
      }
      .summary {
        padding-top: 12px;
        border-top: 1px solid var(--line);
      }
      xq-problem-list {
        margin-top: 12px;
      }
    `,
  ];

  protected override render() {
    const { model, inspection, modelProblem } = this.state;
    return html`<section class="card" aria-labelledby="title">
      <div class="head">
        <h2 id="title">Model</h2>
        ${
          model
            ? html`<button class="link" @click=${() => void this.bench.setModel(undefined)}>
                Remove
              </button>`
            : ''
        }
      </div>
      <div aria-live="polite">
        ${model ? html`<p class="name">${model.name}</p>` : html`<p class="quiet">No model yet.</p>`}
        ${inspection && model ? this.card(inspection, model) : ''}
        ${model && !inspection && !modelProblem ? html`<p class="quiet">Reading…</p>` : ''}
        ${modelProblem ? html`<xq-problem-list .problems=${[modelProblem]}></xq-problem-list>` : ''}
      </div>
    </section>`;
  }

  private card(inspection: Inspection, model: File) {
    const total = inspection.operators.reduce((sum, op) => sum + op.remaining, 0);
    const int8 = inspection.operators.reduce((sum, op) => sum + op.quantizable, 0);
    const warnings = warningsOf(inspection);
    return html`
      <dl>
        <div>
          <dt>Size</dt>
          <dd>${bytes(model.size)}</dd>
        </div>
        <div>
          <dt>Parameters</dt>
          <dd>${quantity(inspection.parameters)}</dd>
        </div>
        <div>
          <dt>Opset</dt>
          <dd>${inspection.opset}</dd>
        </div>
        <div>
          <dt>Made by</dt>
          <dd>${inspection.producer || 'not said'}</dd>
        </div>
      </dl>
      <ul class="tensors">
        ${inspection.inputs.map((tensor) => tensorRow('input', tensor))}
        ${inspection.outputs.map((tensor) => tensorRow('output', tensor))}
      </ul>
      <p class="summary"><strong>${int8} of ${count(total, 'operator')}</strong> can become int8</p>
      <ul class="operators" aria-label="Operators">
        ${inspection.operators.map(
          (op) =>
            html`<li class=${op.quantizable === 0 ? 'float' : ''}>
              ${op.type} ${operatorText(op)}
            </li>`,
        )}
      </ul>
      ${warnings.length > 0 ? html`<xq-problem-list .problems=${warnings}></xq-problem-list>` : ''}
    `;
  }
}

/** "28", "27 · folded away", "4 · none int8", "6 after fusing · 5 int8". */
function operatorText({ count, remaining, quantizable }: Inspection['operators'][number]): string {
  if (remaining === 0) return `${count} · folded away`;
  const left = remaining === count ? `${count}` : `${remaining} of ${count}`;
  const shown = remaining > count ? `${remaining} after fusing` : left;
  if (quantizable === remaining) return shown;
  return `${shown} · ${quantizable === 0 ? 'none' : quantizable} int8`;
}

function tensorRow(role: string, tensor: Inspection['inputs'][number]) {
  return html`<li>
    <span class="quiet small">${role}</span>
    <span class="mono">${tensor.name}: ${tensor.type} ${shapeText(tensor.shape)}</span>
  </li>`;
}

function warningsOf(inspection: Inspection): Problem[] {
  const found: Problem[] = [];
  if (inspection.quantized) {
    found.push(
      notice(
        'warning',
        'This model is already quantized.',
        'Drop the float model it was made from, or look at it in the tab that checks int8 models.',
      ),
    );
  }
  if (inspection.missing.length > 0) {
    const names = inspection.missing.join(', ');
    found.push(
      notice(
        'warning',
        `This version cannot run: ${names}.`,
        'It can be quantized only when they stand behind truncate_var_names and nothing int8 needs their results.',
      ),
    );
  }
  return found;
}

customElements.define('xq-model-card', ModelCard);
