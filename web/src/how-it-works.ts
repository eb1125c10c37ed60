import { css, html, LitElement } from 'lit';
import { shared } from './styles.js';

/** What a first visitor wants to know; it gives way to the first file. */
export class HowItWorks extends LitElement {
  static override styles = [
    shared,
    css`
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr));
        gap: 20px 28px;
        margin: 12px 0 0;
        padding: 0;
        list-style: none;
      }
      li {
        padding-top: 14px;
        border-top: 2px solid var(--line);
      }
      h3 {
        margin-bottom: 4px;
      }
    `,
  ];

  protected override render() {
    return html`<ol>
      <li>
        <h3>1. Drop what you have</h3>
        <p class="small quiet">
          A float ONNX model, and about 100 images like those it will see. No labels. A config of
          XQuant or XSlim if you have one.
        </p>
      </li>
      <li>
        <h3>2. Say how images are fed</h3>
        <p class="small quiet">
          Colour order, mean and scale, as in training. Everything else is read from the model.
        </p>
      </li>
      <li>
        <h3>3. Take the int8 model</h3>
        <p class="small quiet">
          A QDQ model for SpacemiT chips and ONNX Runtime, and a report that says tensor by tensor
          how close it is.
        </p>
      </li>
    </ol>`;
  }
}

customElements.define('xq-how-it-works', HowItWorks);
