import { css, html, LitElement } from 'lit';
import './report-table.js';
import { parseReport, type Block } from './report/markdown.js';
import { shared } from './styles.js';

/** A report in markdown. Its text goes into the page as text, never as markup. */
export class ReportView extends LitElement {
  static override properties = { markdown: { attribute: false } };
  declare markdown: string;

  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
      }
      h3 {
        margin-top: 10px;
      }
      ul {
        padding-inline-start: 20px;
        list-style: disc;
      }
      p,
      li {
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.markdown = '';
  }

  protected override render() {
    return parseReport(this.markdown).map(block);
  }
}

function block(content: Block) {
  switch (content.kind) {
    case 'table':
      return html`<xq-report-table .table=${content}></xq-report-table>`;
    case 'heading':
      return html`<h3>${content.text}</h3>`;
    case 'list':
      return html`<ul class="small">
        ${content.items.map((item) => html`<li>${item}</li>`)}
      </ul>`;
    case 'text':
      return html`<p class="small">${content.text}</p>`;
  }
}

customElements.define('xq-report-view', ReportView);
