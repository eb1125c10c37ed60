import { css, html, LitElement, type PropertyValues } from 'lit';
import type { CheckResult, OutputCheck } from 'xquant';
import '../problem-list.js';
import type { Problem } from '../problem.js';
import '../report-table.js';
import { shared } from '../styles.js';
import { bytes, count } from '../words.js';
import { operatorTable } from './check-table.js';

/** What a check found: verdict, outputs, findings, operators; and the same as JSON. */
export class CheckResultView extends LitElement {
  static override properties = { result: { attribute: false }, name: {} };
  declare result: CheckResult;
  /** Of the model's file. */
  declare name: string;

  private download: { url: string; size: number; of: CheckResult } | undefined;

  static override styles = [
    shared,
    css`
      .stack {
        display: grid;
        gap: 18px;
      }
      .verdict {
        font-size: 1.25rem;
        font-weight: 680;
        color: var(--good);
      }
      .verdict.failed {
        color: var(--bad);
      }
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
        font-size: 1.25rem;
        font-weight: 680;
        line-height: 1.2;
        overflow-wrap: anywhere;
      }
      dl {
        display: grid;
        grid-template-columns: minmax(0, 15em) minmax(0, 1fr);
        gap: 2px 14px;
        margin: 6px 0 0;
      }
      dd {
        margin: 0;
        min-width: 0;
      }
    `,
  ];

  protected override willUpdate(_: PropertyValues): void {
    if (this.download?.of === this.result) return;
    this.release();
    const blob = new Blob([this.result.json], { type: 'application/json' });
    this.download = { url: URL.createObjectURL(blob), size: blob.size, of: this.result };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.release();
  }

  private release(): void {
    if (this.download) URL.revokeObjectURL(this.download.url);
    this.download = undefined;
  }

  protected override render() {
    const { result } = this;
    const problems = problemsOf(result);
    const inInt8 = result.operators.filter(({ execution }) => execution !== 'float').length;
    return html`<section class="card" aria-label="Result of the check">
      <div class="stack">
        <div>
          <h2 class="verdict ${result.passed ? '' : 'failed'}">
            ${result.passed ? 'Passed' : 'Failed'}
          </h2>
          <p class="quiet">${verdictText(result)}</p>
        </div>
        <div class="tiles">
          ${tile('Operators in int8', `${inInt8} of ${result.operators.length}`)}
          ${tile('Samples', `${result.samples}, ${result.inputs}`)}
          ${tile('Kernels', result.kernels)}
        </div>
        ${problems.length > 0 ? html`<xq-problem-list .problems=${problems}></xq-problem-list>` : ''}
        ${result.outputs.map(outputView)}
        <div>
          <h3>Operators</h3>
          <xq-report-table
            label="Operators of the model"
            .table=${operatorTable(result)}
          ></xq-report-table>
        </div>
        <div class="row">
          <a
            class="button"
            data-download="check-json"
            href=${this.download?.url ?? ''}
            download="${this.name.replace(/\.onnx$/, '')}_check.json"
            >Check as data (${bytes(this.download?.size ?? 0)})</a
          >
        </div>
      </div>
    </section>`;
  }
}

function verdictText({ passed, operators }: CheckResult): string {
  if (!passed) return 'What speaks against relying on this model is listed below.';
  const ties = operators.reduce((sum, { difference }) => sum + (difference?.ties ?? 0), 0);
  const coarse = operators.some(({ difference }) => (difference?.coarseBias ?? 0) > 0);
  const where = coarse ? 'by the rounding of biases and at rounding ties' : 'only at rounding ties';
  const apart = `${count(ties, 'result')} apart`;
  return ties === 0
    ? 'Integers give exactly what float arithmetic on dequantized values gives, operator by operator.'
    : `Integers differ from float arithmetic ${where}: ${apart}, operator by operator.`;
}

function problemsOf(result: CheckResult): Problem[] {
  const found = result.findings.map(({ fails, code, message, place }): Problem => {
    return { severity: fails ? 'error' : 'info', code, message, place, fix: '' };
  });
  const notes = result.diagnostics.map(({ severity, code, message, place, fix }): Problem => {
    return { severity: severity === 'warning' ? 'warning' : 'info', code, message, place, fix };
  });
  return [...found, ...notes];
}

function outputView(output: OutputCheck) {
  return html`<div class="output">
    <h3>Output <span class="mono">${output.name}</span></h3>
    <dl class="small">
      <dt class="quiet">Differs from float arithmetic on the same int8 model</dt>
      <dd>
        ${output.different} of ${output.elements} elements, at most
        ${output.largestDifference.toPrecision(3)} where the largest is
        ${output.largestMagnitude.toPrecision(3)}
      </dd>
      ${
        output.sqnrDb === undefined
          ? ''
          : html`<dt class="quiet">Against the float model</dt>
              <dd>
                SQNR ${output.sqnrDb.toFixed(1)} dB, cosine ${(output.cosine ?? 0).toFixed(4)}
              </dd>`
      }
      <dt class="quiet">SHA-256</dt>
      <dd class="mono">${output.sha256}</dd>
    </dl>
  </div>`;
}

function tile(label: string, value: string) {
  return html`<div class="tile">
    <p class="small quiet">${label}</p>
    <p class="big">${value}</p>
  </div>`;
}

customElements.define('xq-check-result', CheckResultView);
