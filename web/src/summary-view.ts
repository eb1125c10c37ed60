import { css, html } from 'lit';
import type { OutputQuality, Summary } from 'xquant';
import { Part } from './part.js';
import { bytes, count } from './words.js';

/** The result in a few numbers. */
export class SummaryView extends Part {
  static override styles = [
    Part.styles,
    css`
      .tiles {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 170px), 1fr));
        gap: 12px;
      }
      .tile {
        padding: 14px 16px;
        border-radius: 10px;
        background: var(--sunken);
      }
      .big {
        font-size: 1.5rem;
        font-weight: 680;
        line-height: 1.2;
        font-variant-numeric: tabular-nums;
      }
      .output {
        margin-top: 14px;
      }
      .output .tiles {
        margin-top: 6px;
      }
    `,
  ];

  protected override render() {
    const summary = this.state.outcome?.summary;
    if (!summary) return '';
    return html`
      <div class="tiles">
        ${tile('Size', bytes(summary.quantizedBytes), sizeText(summary))}
        ${tile('Operators in int8', `${summary.quantizedOperators} of ${summary.operators}`, `${count(summary.quantizedTensors, 'tensor')} quantized`)}
        ${tile('Samples', String(summary.samples), summary.skippedSamples > 0 ? `${summary.skippedSamples} left out` : 'all could be read')}
      </div>
      ${summary.outputs.map((output) => outputTiles(output))}
    `;
  }
}

function sizeText({ floatBytes, quantizedBytes }: Summary): string {
  return `was ${bytes(floatBytes)}, ${(floatBytes / quantizedBytes).toFixed(1)} times smaller`;
}

function outputTiles(output: OutputQuality) {
  const { agreement } = output;
  return html`<div class="output">
    <h3>Output <span class="mono">${output.name}</span>, int8 against float</h3>
    <div class="tiles">
      ${tile('SQNR', `${output.sqnrDb.toFixed(1)} dB`, 'signal over noise; above 20 dB the noise is under 1 %')}
      ${tile('Cosine', output.cosine.toFixed(4), '1 is the same direction')}
      ${
        Number.isNaN(agreement)
          ? ''
          : tile(
              'Agreement',
              `${(100 * agreement).toFixed(1)} %`,
              'of samples with the same winner',
            )
      }
    </div>
  </div>`;
}

function tile(label: string, value: string, note: string) {
  return html`<div class="tile">
    <p class="small quiet">${label}</p>
    <p class="big">${value}</p>
    <p class="small quiet">${note}</p>
  </div>`;
}

customElements.define('xq-summary-view', SummaryView);
