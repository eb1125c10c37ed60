import { css, html } from 'lit';
import {
  concreteShape,
  isNumber,
  readForm,
  setCalibrationField,
  setInputField,
  setQuantizationField,
} from './config/form.js';
import type { ConfigForm, InputForm } from './config/form.js';
import { numberFrom, sameNumbers, select, type Option } from './fields.js';
import { Part } from './part.js';
import { kDefaultTarget, kTargets } from './targets.js';

/** Means and standard deviations that people use, on the scale 0..255, for red, green, blue. */
const kScales: readonly {
  readonly label: string;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}[] = [
  { label: '0 … 255', mean: [0, 0, 0], std: [1, 1, 1] },
  { label: '0 … 1', mean: [0, 0, 0], std: [255, 255, 255] },
  { label: '−1 … 1', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
  { label: 'ImageNet', mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
];

const kPresets = [
  { value: '', label: 'Resize to the input’s size' },
  { value: 'PT_IMAGENET', label: 'PT_IMAGENET: shorter side, then centre (PyTorch)' },
  { value: 'IMAGENET', label: 'IMAGENET: 87.5 % centre (Caffe, TensorFlow)' },
];

const kCalibrationTypes = [
  { value: 'default', label: 'default' },
  { value: 'minmax', label: 'minmax: keep every value' },
  { value: 'percentile', label: 'percentile: cut rare extremes' },
  { value: 'mse', label: 'mse: smallest squared error' },
  { value: 'kl', label: 'kl: closest distribution' },
];

const kFinetuneLevels: readonly Option[] = [
  { value: '0', label: '0: ranges only' },
  { value: '1', label: '1: fit weights and biases' },
  { value: '2', label: '2: also tune channels' },
  { value: '3', label: '3: everything, slow' },
];

const kPrecisionLevels: readonly Option[] = [
  { value: '0', label: '0: everything int8' },
  { value: '1', label: '1: normalizations, Gelu … stay float' },
  { value: '2', label: '2: sums and gates stay float too' },
];

const kFileTypes: readonly Option[] = [
  { value: 'img', label: 'Images' },
  { value: 'npy', label: 'NumPy arrays (.npy)' },
  { value: 'raw', label: 'Raw numbers' },
];

const kColors: readonly Option[] = [
  { value: 'rgb', label: 'RGB (PyTorch, TensorFlow)' },
  { value: 'bgr', label: 'BGR (OpenCV, Caffe)' },
];

/** The usual settings as fields. It edits the configuration's text, so text and form never disagree. */
export class PreprocessForm extends Part {
  static override styles = [
    Part.styles,
    css`
      fieldset {
        margin: 0 0 18px;
        padding: 0;
        border: 0;
        min-width: 0;
      }
      legend {
        padding: 0 0 8px;
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .grid {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr));
        gap: 14px 18px;
        align-items: start;
      }
      .field {
        display: grid;
        gap: 4px;
        min-width: 0;
      }
      .wide {
        grid-column: 1 / -1;
      }
      label,
      .label {
        font-size: 0.875rem;
        color: var(--quiet);
      }
      select,
      .field > input {
        width: 100%;
      }
      .numbers {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(56px, 1fr));
        gap: 6px;
      }
      .numbers input {
        width: 100%;
        min-width: 0;
        appearance: textfield;
      }
      .numbers input::-webkit-inner-spin-button {
        appearance: none;
      }
      .chips button {
        min-height: 32px;
        padding: 2px 12px;
        border-radius: 99px;
        font-size: 0.875rem;
      }
      .chips button[aria-pressed='true'] {
        border-color: var(--accent);
        background: var(--accent-soft);
        color: var(--accent);
      }
    `,
  ];

  protected override render() {
    let form: ConfigForm;
    try {
      form = readForm(this.state.configText);
    } catch {
      return html`<p class="quiet">The config file has an error; correct it there first.</p>`;
    }
    return html`
      ${form.inputs.map((input, index) => this.input(input, index))}
      <fieldset>
        <legend>Quantization</legend>
        <div class="grid">
          <div class="field">
            <label for="target">Runs on</label>
            ${select('target', kTargets, form.target ?? kDefaultTarget, (value) =>
              this.setQuantization('target', value),
            )}
          </div>
          <div class="field">
            <label for="type">How ranges are chosen</label>
            ${select('type', kCalibrationTypes, form.calibrationType, (value) =>
              this.setCalibration('calibration_type', value),
            )}
          </div>
          <div class="field">
            <label for="steps">Samples at most</label>
            <input
              id="steps"
              type="number"
              min="1"
              .value=${String(form.steps)}
              @change=${(event: Event) => this.setCalibration('calibration_step', numberFrom(event))}
            />
          </div>
          <div class="field">
            <label for="finetune">Fine-tuning</label>
            ${select('finetune', kFinetuneLevels, String(form.finetuneLevel), (value) =>
              this.setQuantization('finetune_level', Number(value)),
            )}
          </div>
          <div class="field">
            <label for="precision">Precision</label>
            ${select('precision', kPrecisionLevels, String(form.precisionLevel), (value) =>
              this.setQuantization('precision_level', Number(value)),
            )}
          </div>
        </div>
      </fieldset>
    `;
  }

  private input(input: InputForm, index: number) {
    const declared = this.state.inspection?.inputs[index];
    const set = (key: string, value: unknown) => this.setInput(index, key, value);
    const image = input.fileType === 'img';
    return html`<fieldset>
      <legend>Input <span class="mono">${input.name ?? declared?.name ?? index + 1}</span></legend>
      <div class="grid">
        <div class="field">
          <label for="file-${index}">Files</label>
          ${select(`file-${index}`, kFileTypes, input.fileType, (value) => set('file_type', value))}
        </div>
        ${declared && declared.shape.some((dim) => !isNumber(dim)) ? this.shape(input, index, declared.shape) : ''}
        ${
          image
            ? html`<div class="field">
                  <label for="color-${index}">Colour order</label>
                  ${select(`color-${index}`, kColors, input.colorFormat, (value) => set('color_format', value))}
                </div>
                <div class="field">
                  <label for="preset-${index}">Size</label>
                  ${select(`preset-${index}`, kPresets, input.preset, (value) =>
                    set('preprocess_file', value || undefined),
                  )}
                </div>
                ${this.scale(input, index)}`
            : ''
        }
      </div>
    </fieldset>`;
  }

  /** Axes that the model leaves open are the user's to fill. */
  private shape(input: InputForm, index: number, declared: readonly string[]) {
    const values = declared.map((dim, axis) =>
      isNumber(dim) ? Number(dim) : (input.shape?.[axis] ?? (axis === 0 ? 1 : undefined)),
    );
    const changed = (axis: number, event: Event) => {
      const shape = values.map((value, i) => (i === axis ? numberFrom(event) : value));
      if (shape.every((value) => value !== undefined && value > 0))
        this.setInput(index, 'input_shape', shape);
      else this.partial.set(index, shape);
    };
    const shown = this.partial.get(index) ?? values;
    return html`<div class="field" role="group" aria-labelledby="shape-${index}">
      <span class="label" id="shape-${index}">Input shape (${declared.join(' × ')})</span>
      <div class="numbers">
        ${declared.map(
          (dim, axis) =>
            html`<input
              type="number"
              min="1"
              aria-label="axis ${axis} (${dim})"
              ?disabled=${isNumber(dim)}
              .value=${String(shown[axis] ?? '')}
              @change=${(event: Event) => changed(axis, event)}
            />`,
        )}
      </div>
    </div>`;
  }

  /** Shapes that still lack a number; they are written once they are whole. */
  private readonly partial = new Map<number, readonly (number | undefined)[]>();

  private scale(input: InputForm, index: number) {
    const channels = Number(
      concreteShape(this.state.inspection?.inputs[index]?.shape ?? [])?.[1] ?? 3,
    );
    const flip = (values: readonly number[]) =>
      input.colorFormat === 'rgb' ? values : values.toReversed();
    const fit = (values: readonly number[]) => flip(values).slice(0, channels);
    const triple = (label: string, key: string, values: readonly number[]) =>
      html`<div class="field" role="group" aria-label="${label}, one for each channel">
        <span class="label">${label}</span>
        <div class="numbers">
          ${Array.from(
            { length: Math.max(channels, values.length) },
            (_, c) =>
              html`<input
                type="number"
                step="any"
                aria-label="${label} ${c + 1}"
                .value=${String(values[c] ?? values[0] ?? '')}
                @change=${(event: Event) => {
                  const all = Array.from(
                    { length: channels },
                    (__, i) => values[i] ?? values[0] ?? 0,
                  );
                  this.setInput(index, key, all.with(c, numberFrom(event) ?? 0));
                }}
              />`,
          )}
        </div>
      </div>`;
    const zero = Array.from({ length: channels }, () => 0);
    const one = zero.map(() => 1);
    return html`
      ${triple('Mean (0 … 255)', 'mean_value', input.mean ?? zero)}
      ${triple('Standard deviation', 'std_value', input.std ?? one)}
      <div class="field wide">
        <span class="label">The model expects values from</span>
        <div class="row chips">
          ${kScales.map((scale) => {
            const [mean, std] = [fit(scale.mean), fit(scale.std)];
            const pressed =
              sameNumbers(input.mean ?? zero, mean) && sameNumbers(input.std ?? one, std);
            return html`<button
              aria-pressed=${pressed}
              @click=${() => {
                this.setInput(index, 'mean_value', mean);
                this.setInput(index, 'std_value', std);
              }}
            >
              ${scale.label}
            </button>`;
          })}
        </div>
        <p class="small quiet">
          Take what the model was trained with. A wrong order or scale costs more than int8 ever
          does.
        </p>
      </div>
    `;
  }

  private setInput(index: number, key: string, value: unknown): void {
    this.partial.delete(index);
    const { configText, configOrigin } = this.state;
    void this.bench.setConfig(setInputField(configText, index, key, value), configOrigin);
  }

  private setQuantization(key: string, value: unknown): void {
    const { configText, configOrigin } = this.state;
    void this.bench.setConfig(setQuantizationField(configText, key, value), configOrigin);
  }

  private setCalibration(key: string, value: unknown): void {
    const { configText, configOrigin } = this.state;
    void this.bench.setConfig(setCalibrationField(configText, key, value), configOrigin);
  }
}

customElements.define('xq-preprocess-form', PreprocessForm);
