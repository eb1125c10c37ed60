import { css, html } from 'lit';
import './config-editor.js';
import { Part } from './part.js';
import './preprocess-form.js';

type Tab = 'form' | 'text';

/** The settings, as a form or as the configuration's text. */
export class SettingsPanel extends Part {
  static override properties = { ...Part.properties, tab: { state: true } };
  declare private tab: Tab;

  static override styles = [
    Part.styles,
    css`
      [role='tablist'] {
        display: flex;
        gap: 2px;
        padding: 3px;
        border-radius: 10px;
        background: var(--sunken);
      }
      [role='tab'] {
        min-height: 34px;
        padding: 2px 14px;
        border: 0;
        background: none;
        font-size: 0.9375rem;
        white-space: nowrap;
      }
      [role='tab'][aria-selected='true'] {
        background: var(--surface);
        box-shadow: 0 0 0 1px var(--line);
      }
      .head {
        flex-wrap: wrap;
        align-items: center;
        margin-bottom: 16px;
      }
      .badge {
        display: inline-block;
        min-width: 1.4em;
        padding: 0 0.4em;
        margin-inline-start: 6px;
        border-radius: 99px;
        background: var(--bad-soft);
        color: var(--bad);
        font-size: 0.8125rem;
        text-align: center;
      }
    `,
  ];

  constructor() {
    super();
    this.tab = 'form';
  }

  protected override render() {
    const { configProblems, configText } = this.state;
    const errors = configProblems.length;
    return html`<section class="card" aria-labelledby="title">
      <div class="head">
        <h2 id="title">Settings</h2>
        <div role="tablist" aria-label="Settings" @keydown=${this.keydown}>
          ${this.tabButton('form', 'Form')}
          ${this.tabButton('text', html`Config file${errors > 0 ? html`<span class="badge">${errors}</span>` : ''}`)}
        </div>
      </div>
      <div role="tabpanel" aria-labelledby="tab-${this.tab}">
        ${
          this.tab === 'text'
            ? html`<xq-config-editor .bench=${this.bench}></xq-config-editor>`
            : configText === ''
              ? html`<p class="quiet">They appear with the model.</p>`
              : html`<xq-preprocess-form .bench=${this.bench}></xq-preprocess-form>`
        }
      </div>
    </section>`;
  }

  private tabButton(tab: Tab, label: unknown) {
    const selected = this.tab === tab;
    return html`<button
      role="tab"
      id="tab-${tab}"
      aria-selected=${selected}
      tabindex=${selected ? 0 : -1}
      @click=${() => (this.tab = tab)}
    >
      ${label}
    </button>`;
  }

  /** Arrow keys move between tabs (ARIA Authoring Practices, tabs pattern). */
  private keydown(event: KeyboardEvent): void {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    this.tab = this.tab === 'form' ? 'text' : 'form';
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`#tab-${this.tab}`)?.focus(),
    );
  }
}

customElements.define('xq-settings-panel', SettingsPanel);
