import { css, html, LitElement, svg } from 'lit';
import { compareCells, type Cell, type Table } from './report/markdown.js';
import { shared } from './styles.js';

/** What the report's columns say, for the headings' tooltips. */
const kExplained: Readonly<Record<string, string>> = {
  SNR: 'Noise over signal: below 0.01 negligible, above 0.1 marked',
  MSE: 'Mean squared difference between float and int8',
  Cosine: 'Cosine similarity of float and int8: above 0.999 excellent, below 0.99 marked',
  'Q.MinMax': 'Smallest and largest value when quantized',
  'F.MinMax': 'Smallest and largest value in float',
  'F.Hist': 'How the float values spread between smallest and largest',
  'Runs as':
    'int8: 8-bit operands and result; int8, float result: 8-bit operands, the result goes on in float',
  'Steps apart':
    'Largest difference between integers and float arithmetic on the same operands, in steps of the result',
  Ties: 'Results one step apart because the real result lies at a rounding tie',
  Unexplained: 'Results that differ by more than rounding explains: a defect',
  'Saturated low': 'Real results below the 8-bit range',
  'Saturated high': 'Real results above the 8-bit range',
  'Spare bits':
    'Bits that the largest possible accumulator leaves of int32, proved from the weights',
  'Bias rounding': 'Largest rounding of the bias to int32, in units of the accumulator',
};
const kHistogram = 'F.Hist';
const kNames: readonly string[] = ['Op', 'Var', 'Operator'];

/** Longer tables get a filter. */
const kShort = 12;

/** A table of the report, which can be sorted, and filtered when it is long. */
export class ReportTable extends LitElement {
  static override properties = {
    table: { attribute: false },
    label: {},
    order: { state: true },
    filter: { state: true },
    hotOnly: { state: true },
  };
  declare table: Table;
  /** For who does not see it. */
  declare label: string;
  declare private order: { column: number; descending: boolean } | undefined;
  declare private filter: string;
  declare private hotOnly: boolean;

  static override styles = [
    shared,
    css`
      .tools {
        margin: 12px 0;
      }
      .tools label {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      input[type='search'] {
        width: 260px;
      }
      input[type='checkbox'] {
        min-height: 0;
        width: 18px;
        height: 18px;
        accent-color: var(--accent);
      }
      .scroll {
        position: relative;
        max-height: 70vh;
        overflow: auto;
        border: 1px solid var(--line);
        border-radius: 9px;
      }
      table {
        width: 100%;
        border-collapse: separate;
        border-spacing: 0;
        font-size: 0.875rem;
      }
      th {
        position: sticky;
        top: 0;
        z-index: 1;
        padding: 0;
        background: var(--sunken);
        border-bottom: 1px solid var(--line);
        text-align: start;
      }
      th button {
        width: 100%;
        min-height: 38px;
        padding: 4px 12px;
        border: 0;
        border-radius: 0;
        background: none;
        font-size: 0.8125rem;
        text-align: inherit;
        white-space: nowrap;
      }
      th button:focus-visible {
        outline-offset: -3px;
      }
      td {
        padding: 6px 12px;
        border-bottom: 1px solid color-mix(in srgb, var(--line) 55%, transparent);
        vertical-align: middle;
      }
      tr:last-child td {
        border-bottom: 0;
      }
      tbody tr:hover {
        background: var(--sunken);
      }
      .name {
        min-width: 190px;
        max-width: 330px;
        font-family: var(--mono);
        font-size: 0.8125rem;
        overflow-wrap: anywhere;
      }
      .number {
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
        text-align: end;
      }
      th.number button {
        text-align: end;
      }
      .hot {
        color: var(--bad);
        font-weight: 700;
      }
      svg {
        display: block;
        width: 96px;
        height: 24px;
        fill: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.table = { kind: 'table', head: [], rows: [] };
    this.label = 'Table of the report';
    this.filter = '';
    this.hotOnly = false;
  }

  protected override render() {
    const { table } = this;
    // The first column is a row number without a name; position says the same.
    const columns = table.head.map((_, i) => i).filter((i) => table.head[i] !== '');
    const rows = this.arranged();
    return html`
      ${table.rows.length > kShort ? this.tools(rows.length) : ''}
      <div class="scroll" tabindex="0" role="region" aria-label=${this.label}>
        <table>
          <thead>
            <tr>
              ${columns.map((column) => this.heading(column))}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr>
                  ${columns.map((column) => cell(table.head[column] ?? '', row[column]))}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    `;
  }

  private tools(shown: number) {
    return html`<div class="row tools">
      <input
        type="search"
        aria-label="Filter by name"
        placeholder="Filter by name"
        @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)}
      />
      <label>
        <input
          type="checkbox"
          @change=${(event: Event) => (this.hotOnly = (event.target as HTMLInputElement).checked)}
        />
        Marked rows only
      </label>
      <span class="small quiet" role="status">${shown} of ${this.table.rows.length} rows</span>
    </div>`;
  }

  private heading(column: number) {
    const { table } = this;
    const name = table.head[column] ?? '';
    const sorted =
      this.order?.column === column ? (this.order.descending ? 'descending' : 'ascending') : 'none';
    const arrow = sorted === 'none' ? '' : sorted === 'descending' ? ' ↓' : ' ↑';
    const numeric = table.rows[0]?.[column]?.number !== undefined;
    return html`<th scope="col" aria-sort=${sorted} class=${numeric ? 'number' : ''}>
      <button title=${kExplained[name] ?? ''} @click=${() => this.sort(column, numeric)}>
        ${name}<span aria-hidden="true">${arrow}</span>
      </button>
    </th>`;
  }

  /** First click: numbers from the largest, names from the first; second: the other way; third: as written. */
  private sort(column: number, numeric: boolean): void {
    if (this.order?.column !== column) this.order = { column, descending: numeric };
    else if (this.order.descending === numeric) this.order = { column, descending: !numeric };
    else this.order = undefined;
  }

  private arranged(): readonly (readonly Cell[])[] {
    const wanted = this.filter.toLowerCase();
    const rows = this.table.rows.filter(
      (row) =>
        (!this.hotOnly || row.some((item) => item.hot)) &&
        (wanted === '' ||
          row.some(
            (item) => item.number === undefined && item.text.toLowerCase().includes(wanted),
          )),
    );
    const { order } = this;
    if (!order) return rows;
    const sign = order.descending ? -1 : 1;
    return rows.toSorted((a, b) => sign * compareCells(a[order.column], b[order.column]));
  }
}

function cell(column: string, content: Cell | undefined) {
  const text = content?.text ?? '';
  if (column === kHistogram) return html`<td>${histogram(text)}</td>`;
  const numeric = content?.number !== undefined || column.endsWith('MinMax');
  const kind = numeric ? 'number' : kNames.includes(column) ? 'name' : '';
  return html`<td class="${kind} ${content?.hot ? 'hot' : ''}">
    ${text}${content?.hot ? html`<span class="unseen"> (marked)</span>` : ''}
  </td>`;
}

/** Bars for "12,30,4"; the text itself when it is something else. */
function histogram(text: string) {
  const counts = text.split(',').map(Number);
  const most = Math.max(...counts);
  if (counts.length < 2 || counts.some(Number.isNaN) || most <= 0) return text;
  const bars = counts.map((value, i) => {
    const height = value === 0 ? 0 : Math.max(0.04, value / most);
    return svg`<rect x=${i + 0.1} y=${1 - height} width="0.8" height=${height}></rect>`;
  });
  return html`<svg
    viewBox="0 0 ${counts.length} 1"
    preserveAspectRatio="none"
    role="img"
    aria-label="Histogram of ${counts.length} bins"
  >
    ${bars}
  </svg>`;
}

customElements.define('xq-report-table', ReportTable);
