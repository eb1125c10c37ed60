import { css } from 'lit';

/** Colours and sizes; custom properties reach into every component. Contrast is at least 4.5 : 1 for text. */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --ground: light-dark(#f6f7f9, #14171c);
    --surface: light-dark(#ffffff, #1c2128);
    --sunken: light-dark(#f0f2f5, #161a20);
    --line: light-dark(#d9dee5, #343b46);
    --text: light-dark(#1b212b, #e8ebf0);
    --quiet: light-dark(#556070, #a3adbb);
    --accent: light-dark(#1d5fd1, #7fb0ff);
    --accent-soft: light-dark(#e8f0fd, #1f2d45);
    --on-accent: light-dark(#ffffff, #0d1524);
    --good: light-dark(#18714a, #6fd3a5);
    --warn: light-dark(#8a5300, #f0b860);
    --warn-soft: light-dark(#fdf3e1, #33291a);
    --bad: light-dark(#b3261e, #ff958c);
    --bad-soft: light-dark(#fdecea, #3a2020);
    --mono:
      ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace;
    --radius: 12px;
    font:
      16px/1.5 system-ui,
      -apple-system,
      'Segoe UI',
      'Noto Sans',
      sans-serif;
    color: var(--text);
  }
`;

/** What every component may use. */
export const shared = css`
  :host {
    display: block;
    min-width: 0;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  * {
    box-sizing: border-box;
  }
  h2,
  h3 {
    margin: 0;
    line-height: 1.25;
    font-weight: 650;
  }
  h2 {
    font-size: 1.0625rem;
  }
  h3 {
    font-size: 0.9375rem;
  }
  p {
    margin: 0;
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .quiet {
    color: var(--quiet);
  }
  .small {
    font-size: 0.875rem;
  }
  .mono {
    font-family: var(--mono);
    font-size: 0.8125rem;
    overflow-wrap: anywhere;
  }
  .card {
    height: 100%;
    padding: 20px;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .head {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
    margin-bottom: 12px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 10px;
  }
  button,
  .button {
    font: inherit;
    font-weight: 550;
    min-height: 40px;
    padding: 6px 16px;
    border: 1px solid var(--line);
    border-radius: 9px;
    background: var(--surface);
    color: var(--text);
    cursor: pointer;
    text-decoration: none;
    transition: background-color 0.12s;
  }
  button:hover,
  .button:hover {
    background: var(--sunken);
  }
  button.main,
  .button.main {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
  }
  button.main:hover,
  .button.main:hover {
    background: color-mix(in srgb, var(--accent) 88%, var(--text));
  }
  button:disabled {
    cursor: not-allowed;
    background: var(--sunken);
    color: var(--quiet);
    border-color: var(--line);
  }
  button.link {
    min-height: 28px;
    padding: 2px 6px;
    margin: -2px -6px;
    border: 0;
    background: none;
    color: var(--accent);
    font-size: 0.875rem;
    text-align: start;
    overflow-wrap: anywhere;
  }
  button.link:hover {
    text-decoration: underline;
  }
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
    border: 1px solid color-mix(in srgb, var(--quiet) 70%, transparent);
    border-radius: 8px;
    background: var(--surface);
    min-height: 40px;
    padding: 6px 10px;
    max-width: 100%;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      animation: none !important;
    }
  }
  @media (max-width: 480px) {
    .card {
      padding: 16px;
    }
  }
`;
