import { css, html, type PropertyValues } from 'lit';
import { baseName } from './files/assign.js';
import { Part } from './part.js';
import type { Outcome } from './store.js';
import { bytes } from './words.js';

interface Download {
  readonly id: string;
  readonly label: string;
  readonly name: string;
  readonly url: string;
  readonly size: number;
}

/** What a run made, as files: the model, the report, and what repeats the run on a command line. */
export class DownloadPanel extends Part {
  static override styles = [
    Part.styles,
    css`
      .row {
        gap: 10px;
      }
      .button {
        display: inline-grid;
        align-items: center;
        padding: 8px 16px;
        line-height: 1.3;
      }
      .button .small {
        opacity: 0.85;
        font-weight: 400;
        overflow-wrap: anywhere;
      }
      @media (max-width: 480px) {
        .button {
          width: 100%;
        }
      }
    `,
  ];

  private downloads: readonly Download[] = [];
  private made: Outcome | undefined;

  protected override willUpdate(_: PropertyValues): void {
    const { outcome } = this.state;
    if (outcome === this.made) return;
    this.release();
    this.made = outcome;
    this.downloads = outcome ? downloadsOf(outcome) : [];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.release();
    this.made = undefined;
  }

  private release(): void {
    for (const { url } of this.downloads) URL.revokeObjectURL(url);
    this.downloads = [];
  }

  protected override render() {
    return html`<div class="row">
      ${this.downloads.map(
        (item, i) =>
          html`<a
            class="button ${i === 0 ? 'main' : ''}"
            data-download=${item.id}
            href=${item.url}
            download=${item.name}
          >
            ${item.label}<span class="small">${item.name}, ${bytes(item.size)}</span>
          </a>`,
      )}
    </div>`;
  }
}

function downloadsOf(outcome: Outcome): Download[] {
  const download = (
    id: string,
    label: string,
    name: string,
    type: string,
    content: BlobPart,
  ): Download => {
    const blob = new Blob([content], { type });
    return { id, label, name, url: URL.createObjectURL(blob), size: blob.size };
  };
  const stem = baseName(outcome.paths.quantizedModel).replace(/\.onnx$/, '');
  return [
    download('model', 'Model', `${stem}.onnx`, 'application/octet-stream', outcome.model),
    ...(outcome.report === ''
      ? []
      : [
          download(
            'report',
            'Report',
            baseName(outcome.paths.report),
            'text/markdown',
            outcome.report,
          ),
          download(
            'report-html',
            'Report as a page',
            baseName(outcome.paths.reportHtml),
            'text/html',
            outcome.reportHtml,
          ),
          download(
            'report-json',
            'Report as data',
            baseName(outcome.paths.reportJson),
            'application/json',
            outcome.reportJson,
          ),
        ]),
    download('config', 'Config used', `${stem}.json`, 'application/json', outcome.configText),
    ...outcome.lists.map(({ path, text }, i) =>
      download(`list-${i}`, 'List used', baseName(path), 'text/plain', text),
    ),
  ];
}

customElements.define('xq-download-panel', DownloadPanel);
