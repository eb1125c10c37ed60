import { css, html } from 'lit';
import { fromFileList } from './files/collect.js';
import { Part } from './part.js';

/** Where files come in: the buttons and the words. The app around it takes the drops. */
export class DropZone extends Part {
  static override properties = {
    ...Part.properties,
    active: { type: Boolean },
    sample: { attribute: false },
  };
  declare active: boolean;
  /** Loads the sample; absent where the page has none. */
  declare sample: (() => void) | undefined;

  static override styles = [
    Part.styles,
    css`
      .zone {
        display: grid;
        justify-items: center;
        gap: 14px;
        padding: 40px 20px;
        border: 2px dashed var(--line);
        border-radius: var(--radius);
        background: var(--surface);
        text-align: center;
        transition:
          border-color 0.12s,
          background-color 0.12s;
      }
      .zone.compact {
        grid-template-columns: 1fr auto;
        justify-items: start;
        align-items: center;
        padding: 12px 16px 12px 20px;
        text-align: start;
      }
      .zone.active {
        border-color: var(--accent);
        background: var(--accent-soft);
      }
      .title {
        font-size: 1.25rem;
        font-weight: 650;
      }
      .compact .title {
        font-size: 1rem;
        font-weight: 550;
      }
      .row {
        justify-content: center;
      }
      svg {
        width: 44px;
        height: 44px;
        fill: none;
        stroke: var(--accent);
        stroke-width: 1.75;
        stroke-linecap: round;
        stroke-linejoin: round;
      }
      @media (max-width: 560px) {
        .zone,
        .zone.compact {
          grid-template-columns: 1fr;
          justify-items: stretch;
          padding: 24px 16px;
        }
        .zone.compact {
          padding: 16px;
        }
        svg {
          justify-self: center;
        }
        .row > * {
          flex: 1 1 auto;
        }
      }
    `,
  ];

  protected override render() {
    const { model, items } = this.state;
    const compact = model !== undefined || items.length > 0;
    const title = this.active
      ? 'Let go to add the files'
      : !compact
        ? 'Drop an ONNX model and some images here'
        : !model
          ? 'Now drop the model (.onnx)'
          : items.length === 0
            ? 'Now drop some images: what the model sees in use, about 100'
            : 'Drop more files, another model or a config at any time';
    return html`
      <div class="zone ${compact ? 'compact' : ''} ${this.active ? 'active' : ''}">
        ${compact ? '' : kArrow}
        <div>
          <p class="title">${title}</p>
          ${
            compact
              ? ''
              : html`<p class="quiet small">
                  A folder works too, and so do NumPy arrays (.npy) and a config file (.json).
                </p>`
          }
        </div>
        <div class="row">
          <button class=${compact ? '' : 'main'} @click=${() => this.pick('files')}>
            Choose files
          </button>
          <button @click=${() => this.pick('folder')}>Choose a folder</button>
          ${compact || !this.sample ? '' : html`<button @click=${this.sample}>Try the sample</button>`}
        </div>
        <input id="files" type="file" multiple hidden aria-label="Files" @change=${this.picked} />
        <input
          id="folder"
          type="file"
          webkitdirectory
          hidden
          aria-label="Folder"
          @change=${this.picked}
        />
      </div>
    `;
  }

  private pick(id: string): void {
    this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.click();
  }

  private picked(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = input.files ? fromFileList(input.files) : [];
    input.value = '';
    void this.bench.addFiles(files);
  }
}

const kArrow = html`<svg viewBox="0 0 24 24" aria-hidden="true">
  <path d="M12 3v12m0 0 4.5-4.5M12 15l-4.5-4.5M4 15.5V18a3 3 0 0 0 3 3h10a3 3 0 0 0 3-3v-2.5" />
</svg>`;

customElements.define('xq-drop-zone', DropZone);
