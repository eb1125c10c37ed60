import { XquantError } from './errors.js';

// What callers without types get wrong is said before anything starts; the core would only see a broken binding.

type Test = (value: unknown) => boolean;

const isString: Test = (value) => typeof value === 'string';
const isFunction: Test = (value) => typeof value === 'function';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isListOf =
  (fits: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(fits);
const isWhole =
  (least: number, most: number): Test =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const isSignal: Test = (value) =>
  isObject(value) && 'aborted' in value && 'addEventListener' in value;
const isContent: Test = (value) => value instanceof Blob || value instanceof Uint8Array;
const isFileMap: Test = (value) =>
  isObject(value) && !Array.isArray(value) && Object.values(value).every(isContent);
const isShard: Test = (value) =>
  isObject(value) &&
  'number' in value &&
  'of' in value &&
  isWhole(1, Number.MAX_SAFE_INTEGER)(value.of) &&
  isWhole(1, value.of as number)(value.number);

const OPTIONS: Record<string, [fits: Test, expected: string]> = {
  signal: [isSignal, 'an AbortSignal'],
  onProgress: [isFunction, 'a function'],
  onConfigNotes: [isFunction, 'a function'],
  files: [isFileMap, 'an object whose values are Blobs or Uint8Arrays'],
  configName: [isString, 'a string'],
  modelName: [isString, 'a string'],
  calibration: [isString, 'a path'],
  vectorsFolder: [isString, 'a path'],
  dataLists: [isListOf(isString), 'an array of paths'],
  shard: [isShard, '{ number, of }, whole numbers with 1 <= number <= of'],
  seed: [isWhole(0, 2 ** 53), 'a whole number from 0 to 2^53'],
  samples: [isWhole(1, 10_000), 'a whole number from 1 to 10000'],
};

function require(name: string, value: unknown, fits: Test, expected: string): void {
  if (value === undefined || value === null || fits(value)) return;
  const found = isString(value) ? `'${String(value)}'` : typeof value;
  const reason = `${name} must be ${expected}, not ${Array.isArray(value) ? 'an array' : found}.`;
  throw XquantError.of('usage', 'XQ-API-003', reason);
}

export function checkOptions(options: unknown): void {
  if (!isObject(options)) {
    throw XquantError.of('usage', 'XQ-API-003', 'The options must be an object.');
  }
  for (const [name, [fits, expected]] of Object.entries(OPTIONS)) {
    require(name, (options as Record<string, unknown>)[name], fits, expected);
  }
}

export function checkOutput(output: unknown): void {
  require('output', output, isString, 'a path');
}

export function checkPaths(paths: unknown): void {
  require('paths', paths ?? 0, isListOf(isString), 'an array of paths');
}
