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
  if (config instanceof Blob) {
    return { text: await config.text(), file: configName ?? nameOf(config) };
  }
  return { text: JSON.stringify(config), file: configName ?? '' };
}

/** The text of a given file. */
export async function textOf(content: FileContent): Promise<string> {
  if (content instanceof Blob) return content.text();
  return new TextDecoder().decode(content);
}

/** A model under a path of its own: the path that was given, or a name for the bytes. */
export function nameModel(
  model: ModelSource | undefined,
  modelName: string | undefined,
  files: FileMap,
): { path: string; files: FileMap } {
  if (model === undefined || typeof model === 'string') return { path: model ?? '', files };
  if (!(model instanceof Blob) && !(model instanceof Uint8Array)) {
    const reason = 'The model must be a path, a Uint8Array or a Blob.';
    throw XquantError.of('usage', 'XQ-API-001', reason);
  }
  const path = modelName ?? (model instanceof Blob ? nameOf(model) || 'model.onnx' : 'model.onnx');
  return { path, files: { ...files, [path]: model } };
}
