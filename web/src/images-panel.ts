import { css, html, type PropertyValues } from 'lit';
import { readForm } from './config/form.js';
import { thumbnail, type DataItem } from './files/kinds.js';
import { Part } from './part.js';
import { bytes, count } from './words.js';

const kThumbnails = 8;
/** Decoding every one of thousands of photographs would take minutes; the run looks at all it uses. */
const kDecoded = 100;
const kNamed = 6;

/** The calibration data: how much, what it looks like, and what cannot be read. */
export class ImagesPanel extends Part {
  static override styles = [
    Part.styles,
    css`
      .thumbs {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin: 14px 0;
      }
      canvas {
        width: 64px;
        height: 64px;
        border-radius: 8px;
        background: var(--sunken);
      }
      .files {
        margin: 12px 0;
      }
      .bad {
        margin-top: 12px;
        padding: 10px 14px;
        border-inline-start: 4px solid var(--warn);
        border-radius: 9px;
        background: var(--warn-soft);
      }
      .hint {
        margin-top: 12px;
      }
    `,
  ];

  /** Names of images that the browser could not decode. */
  private undecodable = new Set<string>();
  private looked: readonly DataItem[] = [];

  protected override render() {
    const { items, lists } = this.state;
    const images = items.filter((item) => item.kind === 'image');
    const readable = images.filter(
      (item) => item.problem === '' && !this.undecodable.has(item.path),
    );
    const others = items.filter((item) => item.kind !== 'image');
    const total = items.reduce((sum, item) => sum + item.file.size, 0);
    return html`<section class="card" aria-labelledby="title">
      <div class="head">
        <h2 id="title">Calibration data</h2>
        ${
          items.length + lists.length > 0
            ? html`<button class="link" @click=${() => this.bench.clearData()}>Remove all</button>`
            : ''
        }
      </div>
      <div aria-live="polite">
        ${
          items.length === 0
            ? html`<p class="quiet">No images yet.</p>`
            : html`<p>
                <strong
                  >${[images.length > 0 && count(images.length, 'image'), others.length > 0 && count(others.length, 'array')].filter(Boolean).join(', ')}</strong
                >
                <span class="quiet">${bytes(total)}</span>
              </p>`
        }
        <div class="thumbs" aria-hidden="true" ?hidden=${readable.length === 0}>
          ${readable.slice(0, kThumbnails).map(() => html`<canvas width="128" height="128"></canvas>`)}
        </div>
        ${
          others.length > 0
            ? html`<p class="files mono quiet">${named(others.map((item) => item.path))}</p>`
            : ''
        }
        ${
          lists.length > 0
            ? html`<p class="files mono quiet">List: ${named(lists.map((list) => list.path))}</p>`
            : ''
        }
        ${this.used()} ${this.unreadable()}
      </div>
      ${
        items.length === 0
          ? html`<p class="hint small quiet">
              They show the quantizer what range of values to expect. Take what the model sees in
              use: 50 to 500, varied, no labels needed.
            </p>`
          : ''
      }
    </section>`;
  }

  /** How many of them the configuration lets in. */
  private used() {
    const { items, configText, configProblems } = this.state;
    if (configText === '' || configProblems.some((problem) => problem.severity === 'error'))
      return '';
    const { steps, inputs } = readForm(configText);
    if (inputs.length !== 1 || items.length <= steps) return '';
    return html`<p class="small quiet">The first ${steps} by name are used (calibration_step).</p>`;
  }

  private unreadable() {
    const bad = this.state.items
      .map((item) => ({
        path: item.path,
        problem: item.problem || (this.undecodable.has(item.path) && 'damaged'),
      }))
      .filter((item) => item.problem);
    if (bad.length === 0) return '';
    return html`<div class="bad">
      <p><strong>${count(bad.length, 'file')} cannot be read</strong> and will be left out:</p>
      <ul class="small">
        ${bad.slice(0, kNamed).map(({ path, problem }) => html`<li><span class="mono">${path}</span>: ${problem}</li>`)}
        ${bad.length > kNamed ? html`<li>and ${bad.length - kNamed} more</li>` : ''}
      </ul>
    </div>`;
  }

  protected override updated(_: PropertyValues): void {
    const { items } = this.state;
    if (items === this.looked) return;
    this.looked = items;
    void this.look(items);
  }

  /** Decodes the images one after the other, draws the first ones, remembers the damaged ones. */
  private async look(items: readonly DataItem[]): Promise<void> {
    const images = items.filter((item) => item.kind === 'image' && item.problem === '');
    const canvases = this.renderRoot.querySelectorAll('canvas');
    this.undecodable = new Set();
    canvases.forEach((canvas) =>
      canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height),
    );
    let drawn = 0;
    for (const image of images.slice(0, kDecoded)) {
      if (this.looked !== items) return;
      const bitmap = await thumbnail(image.file, 128);
      if (!bitmap) {
        this.undecodable.add(image.path);
        this.requestUpdate();
        continue;
      }
      const canvas = canvases[drawn++];
      if (canvas && this.looked === items) drawCovering(bitmap, canvas);
      bitmap.close();
    }
  }
}

/** Fills the canvas with the middle of the picture. */
function drawCovering(bitmap: ImageBitmap, canvas: HTMLCanvasElement): void {
  const side = Math.min(bitmap.width, bitmap.height);
  const left = (bitmap.width - side) / 2;
  const top = (bitmap.height - side) / 2;
  canvas
    .getContext('2d')
    ?.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

function named(paths: readonly string[]): string {
  const shown = paths.slice(0, kNamed).join(', ');
  return paths.length > kNamed ? `${shown} and ${paths.length - kNamed} more` : shown;
}

customElements.define('xq-images-panel', ImagesPanel);
