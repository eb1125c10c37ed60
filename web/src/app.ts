import { css, html, LitElement } from 'lit';
import type { Progress } from 'xquant';
import { CheckBench } from './check/check-bench.js';
import './check/check-view.js';
import './drop-zone.js';
import { packageEngine } from './engine.js';
import type { DroppedFile } from './files/collect.js';
import { fromDataTransfer } from './files/collect.js';
import './how-it-works.js';
import './images-panel.js';
import './model-card.js';
import './problem-list.js';
import './result-panel.js';
import './run-panel.js';
import './settings-panel.js';
import './state-line.js';
import { StoreController, type Outcome } from './store.js';
import { shared, tokens } from './styles.js';
import { Workbench } from './workbench.js';

type View = 'quantize' | 'check';

const kViews: readonly { readonly id: View; readonly label: string }[] = [
  { id: 'quantize', label: 'Quantize' },
  { id: 'check', label: 'Check an int8 model' },
];

/**
 * The whole quantizer as one element.
 *
 * Properties: `model` (File or Blob), `config` (object or JSON text).
 * Events: `progress` (detail: Progress), `result` (detail: the result and what it was made from),
 * `error` (detail: the error). They do not bubble.
 */
export class XquantQuantizer extends LitElement {
  static override properties = {
    sample: { attribute: false },
    dragging: { state: true },
    view: { state: true },
  };

  /** The files behind "Try the sample"; without them there is no such button. */
  declare sample: readonly DroppedFile[] | undefined;
  declare private dragging: boolean;
  declare private view: View;

  private readonly bench = new Workbench(packageEngine, {
    progress: (detail) => this.dispatchEvent(new CustomEvent('progress', { detail })),
    result: (detail) => this.dispatchEvent(new CustomEvent('result', { detail })),
    error: (detail) => this.dispatchEvent(new CustomEvent('error', { detail })),
  });

  private readonly checks = new CheckBench(packageEngine);

  /** Resolves to whether the quantizer could be loaded; from then on it requests nothing from anywhere. */
  readonly ready = this.bench.load();

  static override styles = [
    tokens,
    shared,
    css`
      .stack {
        display: grid;
        gap: 16px;
      }
      .tabs {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        border-bottom: 1px solid var(--line);
      }
      .tabs button {
        border: 0;
        border-bottom: 3px solid transparent;
        border-radius: 8px 8px 0 0;
        background: none;
        color: var(--quiet);
      }
      .tabs button[aria-selected='true'] {
        border-bottom-color: var(--accent);
        color: var(--text);
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
        gap: 16px;
      }
    `,
  ];

  constructor() {
    super();
    this.dragging = false;
    this.view = 'quantize';
    new StoreController(this, () => this.bench.store);
  }

  get model(): File | undefined {
    return this.bench.state.model;
  }

  set model(model: Blob | undefined) {
    const file = model instanceof File || !model ? model : new File([model], 'model.onnx');
    void this.bench.setModel(file);
  }

  get config(): string {
    return this.bench.state.configText;
  }

  set config(config: string | object) {
    const text = typeof config === 'string' ? config : `${JSON.stringify(config, undefined, 2)}\n`;
    void this.bench.setConfig(text, 'user');
  }

  /** Takes what was dropped somewhere else on the page. To be called inside the event's handler. */
  async take(transfer: DataTransfer): Promise<void> {
    this.dragging = false;
    const { files, unreadable } = await fromDataTransfer(transfer);
    await (this.view === 'check' ? this.checks : this.bench).addFiles(files, unreadable);
  }

  protected override render() {
    return html`<div
      class="stack"
      @dragover=${this.dragOver}
      @dragleave=${this.dragLeave}
      @drop=${this.drop}
    >
      <div class="tabs" role="tablist" aria-label="What to do" @keydown=${this.moveTab}>
        ${kViews.map(({ id, label }) => this.tab(id, label))}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby="tab-${this.view}">
        ${this.view === 'check' ? this.checkView() : this.quantizeView()}
      </div>
    </div>`;
  }

  private tab(id: View, label: string) {
    const chosen = this.view === id;
    return html`<button
      id="tab-${id}"
      role="tab"
      aria-selected=${chosen}
      aria-controls="panel"
      tabindex=${chosen ? 0 : -1}
      @click=${() => (this.view = id)}
    >
      ${label}
    </button>`;
  }

  /** Arrow keys go from tab to tab, as in any list of tabs. */
  private moveTab(event: KeyboardEvent): void {
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    event.preventDefault();
    const at = kViews.findIndex(({ id }) => id === this.view);
    const step = event.key === 'ArrowRight' ? 1 : kViews.length - 1;
    this.view = kViews[(at + step) % kViews.length]?.id ?? 'quantize';
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`#tab-${this.view}`)?.focus(),
    );
  }

  private checkView() {
    return html`<div class="stack">
      <xq-check-view
        .bench=${this.checks}
        ?ready=${this.bench.state.engine.status === 'ready'}
      ></xq-check-view>
    </div>`;
  }

  private quantizeView() {
    const { state } = this.bench;
    const started = state.model !== undefined || state.items.length > 0 || state.configText !== '';
    const { bench } = this;
    return html`<div class="stack">
      <xq-drop-zone
        .bench=${bench}
        ?active=${this.dragging}
        .sample=${this.sample ? () => void bench.addFiles(this.sample ?? []) : undefined}
      ></xq-drop-zone>
      ${state.refused.length > 0 ? html`<xq-problem-list .problems=${state.refused}></xq-problem-list>` : ''}
      <xq-state-line .bench=${bench}></xq-state-line>
      ${
        started
          ? html`<div class="pair">
                <xq-model-card .bench=${bench}></xq-model-card>
                <xq-images-panel .bench=${bench}></xq-images-panel>
              </div>
              <xq-settings-panel .bench=${bench}></xq-settings-panel>
              <xq-run-panel .bench=${bench}></xq-run-panel>
              ${state.outcome ? html`<xq-result-panel .bench=${bench}></xq-result-panel>` : ''}`
          : html`<xq-how-it-works></xq-how-it-works>`
      }
    </div>`;
  }

  private dragOver(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.dragging = true;
  }

  private dragLeave(event: DragEvent): void {
    const inside =
      event.relatedTarget instanceof Node && this.renderRoot.contains(event.relatedTarget);
    if (!inside) this.dragging = false;
  }

  private drop(event: DragEvent): void {
    event.preventDefault();
    this.dragging = false;
    if (event.dataTransfer) void this.take(event.dataTransfer);
  }
}

customElements.define('xquant-quantizer', XquantQuantizer);

export interface QuantizerEvents {
  progress: CustomEvent<Progress>;
  result: CustomEvent<Outcome>;
  error: CustomEvent<unknown>;
}

/** Types the element's own events for addEventListener. */
export interface XquantQuantizer {
  addEventListener<Name extends keyof QuantizerEvents>(
    name: Name,
    listener: (event: QuantizerEvents[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<Name extends Exclude<keyof HTMLElementEventMap, keyof QuantizerEvents>>(
    name: Name,
    listener: (event: HTMLElementEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'xquant-quantizer': XquantQuantizer;
  }
}
