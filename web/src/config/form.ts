import type { Inspection } from 'xquant';
import { format, setValue } from './edit.js';
import { parseJsonc, toValue } from './jsonc.js';

/** What the form shows of one model input. undefined: not written, the default applies. */
export interface InputForm {
  readonly name: string | undefined;
  readonly shape: readonly number[] | undefined;
  readonly fileType: string;
  readonly colorFormat: string;
  readonly mean: readonly number[] | undefined;
  readonly std: readonly number[] | undefined;
  readonly preset: string;
  readonly list: string | undefined;
}

export interface ConfigForm {
  readonly calibrationType: string;
  readonly steps: number;
  readonly finetuneLevel: number;
  readonly precisionLevel: number;
  /** undefined: not written, the default applies. */
  readonly target: string | undefined;
  readonly inputs: readonly InputForm[];
  /** Path of the input list in the text: the key has two spellings. */
  readonly inputsPath: readonly string[];
}

type JsonObject = Record<string, unknown>;

/** Reads a configuration text leniently: what has the wrong type counts as not written (the core says so). */
export function readForm(text: string): ConfigForm {
  const config = toValue(parseJsonc(text));
  const calibration = objectAt(config, 'calibration_parameters');
  const quantization = objectAt(config, 'quantization_parameters');
  const key = 'input_parametres' in calibration ? 'input_parametres' : 'input_parameters';
  const list = calibration[key];
  return {
    calibrationType: stringOf(calibration['calibration_type']) ?? 'default',
    steps: numberOf(calibration['calibration_step']) ?? 100,
    finetuneLevel: numberOf(quantization['finetune_level']) ?? 1,
    precisionLevel: numberOf(quantization['precision_level']) ?? 0,
    target: stringOf(quantization['target']),
    inputs: Array.isArray(list) ? list.map(readInput) : [],
    inputsPath: ['calibration_parameters', key],
  };
}

function readInput(value: unknown): InputForm {
  const input = isObject(value) ? value : {};
  return {
    name: stringOf(input['input_name']),
    shape: numbersOf(input['input_shape']),
    fileType: stringOf(input['file_type']) ?? 'img',
    colorFormat: stringOf(input['color_format']) ?? 'bgr',
    mean: numbersOf(input['mean_value']),
    std: numbersOf(input['std_value']),
    preset: stringOf(input['preprocess_file']) ?? '',
    list: stringOf(input['data_list_path']),
  };
}

/** Sets one field of the i-th input, adding the inputs before it where the text has none. */
export function setInputField(text: string, index: number, key: string, value: unknown): string {
  const form = readForm(text);
  let result = text;
  for (let i = form.inputs.length; i <= index; i++)
    result = setValue(result, [...form.inputsPath, i], {});
  return setValue(result, [...form.inputsPath, index, key], value);
}

export function setCalibrationField(text: string, key: string, value: unknown): string {
  return setValue(text, ['calibration_parameters', key], value);
}

export function setQuantizationField(text: string, key: string, value: unknown): string {
  return setValue(text, ['quantization_parameters', key], value);
}

/** The configuration a model starts with. */
export function initialConfig(modelName: string, inspection: Inspection): string {
  const config = {
    model_parameters: { onnx_model: modelName },
    calibration_parameters: {
      calibration_type: 'default',
      calibration_step: 100,
      input_parameters: initialInputs(inspection),
    },
  };
  return `${format(config)}\n`;
}

/** A configuration that says nothing of inputs gets those of the model. */
export function withInputs(text: string, inspection: Inspection): string {
  const form = readForm(text);
  return form.inputs.length > 0 ? text : setValue(text, form.inputsPath, initialInputs(inspection));
}

/** Files are read as images where the input looks like one. */
function initialInputs({ inputs }: Inspection): object[] {
  return inputs.map(({ name, shape }) => ({
    input_name: name,
    input_shape: concreteShape(shape),
    ...(looksLikeImage(shape)
      ? { file_type: 'img', color_format: 'rgb', mean_value: [0, 0, 0], std_value: [1, 1, 1] }
      : { file_type: 'npy' }),
    data_list_path: inputs.length === 1 ? 'calibration.txt' : `${fileStem(name)}.txt`,
  }));
}

/** Numbers where the model names them, 1 for a symbolic batch; undefined where the user has to say more. */
export function concreteShape(shape: readonly string[]): number[] | undefined {
  const dims = shape.map((dim, axis) => (isNumber(dim) ? Number(dim) : axis === 0 ? 1 : undefined));
  return dims.every((dim) => dim !== undefined) ? dims : undefined;
}

export function isNumber(dim: string): boolean {
  return /^\d+$/.test(dim);
}

/** Four axes, of which the second or the last counts three channels. */
function looksLikeImage(shape: readonly string[]): boolean {
  const [, second = '', , last = ''] = shape;
  return shape.length === 4 && (second === '3' || last === '3' || !isNumber(second));
}

function fileStem(name: string): string {
  return name.replace(/[^\w.-]+/g, '_') || 'input';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(value: unknown, key: string): JsonObject {
  const inner = isObject(value) ? value[key] : undefined;
  return isObject(inner) ? inner : {};
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function numbersOf(value: unknown): number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'number')
    ? value
    : undefined;
}
