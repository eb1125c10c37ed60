import {
  checkConfig,
  configText,
  checkQuantizedModel,
  inspectOnnxModel,
  prepare,
  quantizeOnnxModel,
} from 'xquant';
import type { CheckResult, Inspection, Progress, QuantizeResult } from 'xquant';
import type { DroppedFile } from './files/collect.js';
import type { Problem } from './problem.js';
import { fromDiagnostic, fromError } from './problem.js';

export interface Job {
  readonly model: File;
  readonly configText: string;
  readonly files: Readonly<Record<string, File>>;
}

/** A quantized model to be checked. */
export interface CheckJob {
  readonly model: File;
  readonly float: File | undefined;
  /** Where the inputs are and how they are fed; "": they are random. */
  readonly configText: string;
  readonly files: Readonly<Record<string, File>>;
}

/** The package, as the page uses it: everything is loaded by load(), nothing afterwards. */
export interface Engine {
  load(): Promise<{ threads: number }>;
  inspect(model: File, files: Readonly<Record<string, File>>): Promise<Inspection>;
  /** The text of a configuration. Rejects where it is none, and where the browser may not read it. */
  read(config: DroppedFile): Promise<string>;
  /** Empty when the configuration is right. */
  check(configText: string): Promise<Problem[]>;
  quantize(
    job: Job,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<QuantizeResult>;
  checkModel(
    job: CheckJob,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<CheckResult>;
}

/** As the bytes of a file: a text that does not begin as a configuration would be taken for a path. */
const asBytes = (configText: string) => new TextEncoder().encode(configText);

export const packageEngine: Engine = {
  load: () => prepare(),
  inspect: (model, files) => inspectOnnxModel(model, { files }),
  // An editor shows no byte order mark.
  read: async ({ path, file }) => (await configText(file, path)).replace(/^\uFEFF/, ''),
  async check(text) {
    try {
      return (await checkConfig(asBytes(text))).map(fromDiagnostic);
    } catch (error) {
      return [fromError(error, text)];
    }
  },
  quantize: (job, onProgress, signal) =>
    quantizeOnnxModel(asBytes(job.configText), job.model, undefined, {
      files: job.files,
      onProgress,
      signal,
    }),
  checkModel: ({ model, float, configText, files }, onProgress, signal) =>
    checkQuantizedModel(model, {
      files,
      floatModel: float,
      config: configText === '' ? undefined : asBytes(configText),
      onProgress,
      signal,
    }),
};
