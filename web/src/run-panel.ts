import { css, html } from 'lit';
import { readForm } from './config/form.js';
import { Part } from './part.js';
import './problem-list.js';
import type { Phase, State } from './store.js';
import { duration, phaseText } from './words.js';

/** Start, progress, cancel. */
export class RunPanel extends Part {
  static override styles = [
    Part.styles,
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 12px 16px;
      }
      button.main {
        min-height: 46px;
        padding: 8px 28px;
        font-size: 1.0625rem;
      }
      .phases {
        display: grid;
        gap: 6px;
        margin-top: 16px;
      }
      .phases li {
        display: grid;
        grid-template-columns: 1.5em 1fr auto;
        align-items: center;
        gap: 4px 8px;
      }
      .done {
        color: var(--quiet);
      }
      .mark {
        color: var(--good);
      }
      progress {
        grid-column: 2 / -1;
        width: 100%;
        height: 8px;
        appearance: none;
        border: 0;
        border-radius: 99px;
        overflow: hidden;
        background: var(--sunken);
      }
      progress::-webkit-progress-bar {
        background: var(--sunken);
      }
      progress::-webkit-progress-value {
        background: var(--accent);
        border-radius: 99px;
        transition: inline-size 0.15s;
      }
      progress::-moz-progress-bar {
        background: var(--accent);
      }
      .dot {
        width: 10px;
        height: 10px;
        margin-inline-start: 2px;
        border-radius: 50%;
        background: var(--accent);
        animation: pulse 1.2s ease-in-out infinite alternate;
      }
      @keyframes pulse {
        to {
          opacity: 0.3;
        }
      }
      xq-problem-list {
        margin-top: 14px;
      }
    `,
  ];

  protected override render() {
    const { run, phases } = this.state;
    const running = run.status === 'running';
    const obstacle = obstacleOf(this.state);
    return html`<section class="card" aria-label="Run">
      <div class="bar">
        ${
          running
            ? html`<button class="cancel" @click=${() => this.bench.cancel()}>Cancel</button>`
            : html`<button
                class="main"
                ?disabled=${obstacle !== ''}
                aria-describedby="status"
                @click=${() => void this.bench.run()}
              >
                Quantize
              </button>`
        }
        <p id="status" class="quiet" role="status">${this.status(obstacle)}</p>
      </div>
      ${
        phases.length > 0 && run.status !== 'cancelled'
          ? html`<ul class="phases">
              ${phases.map((phase, i) => phaseRow(phase, running && i === phases.length - 1))}
            </ul>`
          : ''
      }
      ${run.status === 'failed' ? html`<xq-problem-list .problems=${[run.problem]}></xq-problem-list>` : ''}
    </section>`;
  }

  /** Spoken by screen readers, so it changes with the phase and not with every step. */
  private status(obstacle: string): string {
    const { run, phases, outcome } = this.state;
    if (run.status === 'running') return `${phaseText(phases.at(-1)?.phase ?? 'Starting')}…`;
    if (run.status === 'cancelled') return 'Cancelled. Nothing was written.';
    if (run.status === 'failed') return 'It did not work.';
    if (run.status === 'done' && outcome) return `Done in ${duration(outcome.milliseconds)}.`;
    return obstacle || 'Everything is ready.';
  }
}

/** Why it cannot start yet; "" when it can. */
export function obstacleOf(state: State): string {
  const { model, inspection, items, lists, configText, configProblems, engine } = state;
  if (engine.status === 'failed') return 'The quantizer could not be loaded.';
  if (!model) return 'Add a model first.';
  if (state.modelProblem) return 'The model cannot be read.';
  if (!inspection) return 'Reading the model…';
  if (inspection.quantized) return 'The model is already quantized.';
  if (configProblems.some((problem) => problem.severity === 'error'))
    return 'The config file has an error.';
  if (items.length === 0 && lists.length === 0) return 'Add calibration data.';
  const open = inspection.inputs.find((input, i) => {
    const written = configText === '' ? undefined : readForm(configText).inputs[i]?.shape;
    return !written && input.shape.some((dim, axis) => axis > 0 && !/^\d+$/.test(dim));
  });
  if (open) return `Say the shape of the input ${open.name}.`;
  return engine.status === 'loading' ? 'Loading the quantizer…' : '';
}

function phaseRow(phase: Phase, current: boolean) {
  if (!current) {
    const time = duration((phase.ended ?? performance.now()) - phase.started);
    return html`<li class="done">
      <span class="mark" aria-hidden="true">✓</span><span>${phaseText(phase.phase)}</span>
      <span class="small">${time}</span>
    </li>`;
  }
  const share = phase.total > 0 ? phase.done / phase.total : undefined;
  return html`<li>
    <span class="dot" aria-hidden="true"></span><span>${phaseText(phase.phase)}</span>
    <span class="small quiet">${remaining(phase)}</span>
    ${
      share === undefined
        ? html`<progress aria-label=${phaseText(phase.phase)}></progress>`
        : html`<progress aria-label=${phaseText(phase.phase)} max="1" .value=${share}></progress>`
    }
  </li>`;
}

/** Steps done, and the time left once it can be told. */
function remaining(phase: Phase): string {
  if (phase.total === 0) return '';
  const steps = `${phase.done} of ${phase.total}`;
  const seconds = phase.remainingSeconds;
  if (seconds === undefined || phase.done === phase.total) return steps;
  return seconds < 1
    ? `${steps}, almost there`
    : `${steps}, about ${duration(seconds * 1000)} left`;
}

customElements.define('xq-run-panel', RunPanel);
