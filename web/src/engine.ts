import {
  checkConfig,
  checkQuantizedModel,
  inspectOnnxModel,
  prepare,
  quantizeOnnxModel,
} from 'xquant';
import type { CheckResult, Inspection, Progress, QuantizeResult } from 'xquant';
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

export const packageEngine: Engine = {
  load: () => prepare(),
  inspect: (model, files) => inspectOnnxModel(model, { files }),
  async check(configText) {
    try {
      return (await checkConfig(configText)).map(fromDiagnostic);
    } catch (error) {
      return [fromError(error, configText)];
    }
  },
  quantize: (job, onProgress, signal) =>
    quantizeOnnxModel(job.configText, job.model, undefined, {
      files: job.files,
      onProgress,
      signal,
    }),
  checkModel: ({ model, float, configText, files }, onProgress, signal) =>
    checkQuantizedModel(model, {
      files,
      floatModel: float,
      config: configText === '' ? undefined : configText,
      onProgress,
      signal,
    }),
};
