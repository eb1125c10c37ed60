import { XquantError } from './errors.js';
import type { FileContent, FileMap } from './files.js';
import type { ConfigSource, ModelSource } from './types.js';

/** A configuration as the core takes it. */
export interface ConfigText {
  text: string;
  /** For messages, and for the folder of relative paths; "" when it is no file. */
  file: string;
}

/** Whether a string is JSON (with comments) rather than the path of a file. */
function isJsonText(text: string): boolean {
  return /^\s*(\{|\/\*|\/\/[^\n]*\n)/.test(text);
}

function nameOf(blob: Blob): string {
  return 'name' in blob && typeof blob.name === 'string' ? blob.name : '';
}

/** Reads a configuration from whatever it was given as. readPath reads what is neither text nor object. */
export async function readConfig(
  config: ConfigSource,
  configName: string | undefined,
  readPath: (path: string) => Promise<string>,
): Promise<ConfigText> {
  if (typeof config === 'string') {
    if (isJsonText(config)) return { text: config, file: configName ?? '' };
    return { text: await readPath(config), file: config };
  }
  if (config instanceof Blob || config instanceof Uint8Array) {
    const file = configName ?? (config instanceof Blob ? nameOf(config) : '');
    return { text: await configText(config, file), file };
  }
  return { text: jsonOf(config), file: configName ?? '' };
}

function jsonOf(config: unknown): string {
  const refused = (cause?: unknown) => {
    const reason = 'The configuration must be a plain object, JSON text, its bytes, or a path.';
    return XquantError.of('usage', 'XQ-API-004', reason, { cause });
  };
  let text: unknown;
  try {
    text = JSON.stringify(config);
  } catch (cause) {
    throw refused(cause);
  }
  if (typeof text !== 'string') throw refused(); // of a function, of nothing
  return text;
}

/**
 * The text of a configuration file: an XquantError with the place where it is no UTF-8, of which an ordinary decoder
 * makes other characters. file: its name, for the message.
 */
export async function configText(content: FileContent, file = ''): Promise<string> {
  const bytes = content instanceof Blob ? await content.arrayBuffer() : content;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const reason = 'The configuration is no text in UTF-8.';
    const before =
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\uFFFD', 1)[0] ?? '';
    const lines = before.split('\n');
    const column = new TextEncoder().encode(lines.at(-1)).length + 1; // in bytes, as the core counts
    const at = { line: lines.length, column };
    const fix = 'Save the file as UTF-8.';
    throw XquantError.of('config', 'XQ-CFG-001', reason, { file, ...at, fix, cause });
  }
}

/** A model under a path of its own: the path that was given, or a name for the bytes. */
export function nameModel(
  model: ModelSource | null | undefined,
  modelName: string | undefined,
  files: FileMap,
): { path: string; files: FileMap } {
  if (model === undefined || typeof model === 'string') return { path: model ?? '', files };
  const content = model instanceof ArrayBuffer ? new Uint8Array(model) : model;
  if (!(content instanceof Blob) && !(content instanceof Uint8Array)) {
    const reason = 'The model must be a path, a Uint8Array, an ArrayBuffer or a Blob.';
    throw XquantError.of('usage', 'XQ-API-001', reason);
  }
  const path =
    modelName ?? (content instanceof Blob ? nameOf(content) || 'model.onnx' : 'model.onnx');
  return { path, files: { ...files, [path]: content } };
}
