import { css, html, LitElement } from 'lit';
import { fromFileList } from '../files/collect.js';
import '../problem-list.js';
import { StoreController } from '../store.js';
import { shared } from '../styles.js';
import { count } from '../words.js';
import type { CheckBench, CheckState } from './check-bench.js';
import './check-result.js';

/** The tab that checks a model which is int8 already: this page's or another tool's. */
export class CheckView extends LitElement {
  static override properties = { bench: { attribute: false }, ready: { type: Boolean } };
  declare bench: CheckBench;
  /** The quantizer is loaded. */
  declare ready: boolean;

  static override styles = [
    shared,
    css`
      .stack {
        display: grid;
        gap: 16px;
      }
      .card {
        display: grid;
        gap: 14px;
      }
      dl {
        display: grid;
        grid-template-columns: minmax(0, max-content) minmax(0, 1fr);
        gap: 4px 16px;
        margin: 0;
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
      progress {
        width: 100%;
        accent-color: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    new StoreController(this, () => this.bench.store);
  }

  protected override render() {
    const { bench } = this;
    const { state } = bench;
    const running = state.run.status === 'running';
    const empty = !state.model && !state.float && state.items.length === 0;
    return html`<div class="stack">
      <section class="card" aria-label="Check an int8 model">
        <div>
          <h2>Check an int8 model</h2>
          <p class="quiet">
            Drop a quantized ONNX model of any tool (QDQ or QOperator). It runs in integers, as a
            chip does, and in float: you see which operators run in int8, why others do not, and
            where both differ. With it, if you have them: the float model it was made from, images
            or arrays, a config that says how they are fed.
          </p>
        </div>
        <div class="row">
          <button
            @click=${() => this.renderRoot.querySelector<HTMLInputElement>('#files')?.click()}
          >
            Choose files
          </button>
          ${empty ? '' : html`<button @click=${() => bench.clear()} ?disabled=${running}>Remove all</button>`}
        </div>
        <input
          id="files"
          type="file"
          multiple
          hidden
          aria-label="Files to check"
          @change=${this.picked}
        />
        ${empty ? '' : filesView(state)}
        ${state.problems.length > 0 ? html`<xq-problem-list .problems=${state.problems}></xq-problem-list>` : ''}
        <div class="row">
          ${
            running
              ? html`<button @click=${() => bench.cancel()}>Cancel</button>`
              : html`<button
                  class="main"
                  aria-describedby="check-status"
                  ?disabled=${!this.ready || !state.model}
                  @click=${() => void bench.run()}
                >
                  Check
                </button>`
          }
          <p id="check-status" class="quiet" role="status">${this.status(state)}</p>
        </div>
        ${running ? progressView(state) : ''}
        ${state.run.status === 'failed' ? html`<xq-problem-list .problems=${[state.run.problem]}></xq-problem-list>` : ''}
      </section>
      ${
        state.result && state.model
          ? html`<xq-check-result
              .result=${state.result}
              name=${state.model.name}
            ></xq-check-result>`
          : ''
      }
    </div>`;
  }

  /** Spoken by screen readers. */
  private status({ run, model, float, result }: CheckState): string {
    if (run.status === 'running') return 'Checking…';
    if (run.status === 'cancelled') return 'Cancelled.';
    if (run.status === 'failed') return 'It did not work.';
    if (result) return result.passed ? 'Done: passed.' : 'Done: failed.';
    if (!this.ready) return 'Loading the quantizer…';
    if (model) return 'Everything is ready.';
    return float ? 'This is a float model. Add the int8 one made from it.' : 'Add an int8 model.';
  }

  private picked(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = input.files ? fromFileList(input.files) : [];
    input.value = '';
    void this.bench.addFiles(files);
  }
}

function filesView({ model, float, items, configText }: CheckState) {
  return html`<dl>
    <dt class="quiet">Int8 model</dt>
    <dd>${model?.name ?? 'none yet'}</dd>
    <dt class="quiet">Float model</dt>
    <dd>${float?.name ?? 'none: the outputs are not compared with one'}</dd>
    <dt class="quiet">Inputs</dt>
    <dd>
      ${items.length > 0 ? count(items.length, 'file') : 'random, over the range that the model quantizes'}
    </dd>
    ${
      configText === ''
        ? ''
        : html`<dt class="quiet">Config</dt>
            <dd>says how they are fed</dd>`
    }
  </dl>`;
}

function progressView({ progress }: CheckState) {
  return progress && progress.total > 0
    ? html`<progress
        aria-label="Progress of the check"
        max=${progress.total}
        .value=${progress.done}
      ></progress>`
    : html`<progress aria-label="Progress of the check"></progress>`;
}

customElements.define('xq-check-view', CheckView);
