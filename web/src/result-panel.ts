import { css, html } from 'lit';
import './download-panel.js';
import { Part } from './part.js';
import { fromDiagnostic, notice, type Problem } from './problem.js';
import './problem-list.js';
import './report-view.js';
import './summary-view.js';

/** Everything about a finished run. */
export class ResultPanel extends Part {
  static override styles = [
    Part.styles,
    css`
      .card {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 22px;
      }
      h2:focus {
        outline: none;
      }
      h3 {
        margin-bottom: 8px;
      }
    `,
  ];

  /** The result comes where nobody may be looking: it brings itself into view and takes the focus. */
  protected override firstUpdated(): void {
    const title = this.renderRoot.querySelector<HTMLElement>('#title');
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    title?.focus({ preventScroll: true });
    this.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
  }

  protected override render() {
    const { outcome } = this.state;
    if (!outcome) return '';
    const problems: Problem[] = [
      ...outcome.notes.map((message) => notice('info', message)),
      // The report has its own list of notes.
      ...outcome.diagnostics
        .filter((diagnostic) => diagnostic.severity === 'warning' || outcome.report === '')
        .map(fromDiagnostic),
    ];
    return html`<section class="card" aria-labelledby="title">
      <h2 id="title" tabindex="-1">Result</h2>
      <xq-summary-view .bench=${this.bench}></xq-summary-view>
      <xq-download-panel .bench=${this.bench}></xq-download-panel>
      ${
        problems.length > 0
          ? html`<div>
              <h3>Worth knowing</h3>
              <xq-problem-list .problems=${problems}></xq-problem-list>
            </div>`
          : ''
      }
      ${
        outcome.report === ''
          ? ''
          : html`<div>
              <h3>Report</h3>
              <p class="small quiet">
                One row for each tensor, over the calibration data. Red: noise above a tenth of the
                signal, or a cosine below 0.99.
              </p>
              <xq-report-view .markdown=${outcome.report}></xq-report-view>
            </div>`
      }
    </section>`;
  }
}

customElements.define('xq-result-panel', ResultPanel);
