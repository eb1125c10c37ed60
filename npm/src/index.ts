import { checkOptions, checkOutput, checkPaths } from './arguments.js';
import { perform, type WorkerSource } from './engine.js';
import type { FileMap } from './files.js';
import { nameModel, readConfig } from './inputs.js';
import type * as types from './types.js';
import type { CheckRequest, JobRequest } from './wasm/xquant.mjs';

/** What an environment adds to the shared functions. */
export interface Target extends WorkerSource {
  /** The text of a configuration named by a path. */
  readConfigFile(path: string, files: FileMap): Promise<string>;
  /** Files in the form in which they cross to the worker. */
  sendable(files: FileMap): Promise<FileMap>;
  /** Where results can be stored, if they can. */
  storage?: Storage;
}

export interface Storage {
  /** Fails early when it will not be possible to write there. */
  check(paths: types.Paths): Promise<void>;
  /** Writes all or nothing. */
  write(result: types.QuantizeResult, signal: AbortSignal | undefined): Promise<void>;
  /** Rejects when the path cannot be written. */
  require(path: string): Promise<void>;
  /** Writes one file, whole or not at all. */
  store(path: string, content: Uint8Array, signal: AbortSignal | undefined): Promise<void>;
}

/** The functions of the package, the same in every environment. */
export function createApi(target: Target) {
  async function makeJob(
    config: types.ConfigSource,
    options: types.CheckConfigOptions,
  ): Promise<JobRequest> {
    const { text, file } = await readConfig(config, options.configName, (path) =>
      target.readConfigFile(path, options.files ?? {}),
    );
    return {
      configText: text,
      configFile: file,
      modelPath: '',
      outputPath: '',
      calibrationPath: '',
      shardNumber: 1,
      shardOf: 1,
      threads: target.choose(options).threads,
      strict: options.strict ?? false,
    };
  }

  /**
   * Quantizes a model as a configuration says. In Node model and report are stored where it says; they are there
   * whole or not at all.
   *
   * @param model overrides the configuration's `onnx_model`
   * @param output a .onnx file or a folder; overrides `working_dir` and `output_prefix`
   */
  async function quantizeOnnxModel(
    config: types.ConfigSource,
    model?: types.ModelSource,
    output?: string,
    options: types.QuantizeOptions = {},
  ): Promise<types.QuantizeResult> {
    checkOptions(options);
    checkOutput(output);
    const { signal, onProgress, onConfigNotes } = options;
    const named = nameModel(model, options.modelName, options.files ?? {});
    const job: JobRequest = {
      ...(await makeJob(config, options)),
      modelPath: named.path,
      outputPath: output ?? '',
      calibrationPath: options.calibration ?? '',
    };
    const { storage } = target;
    const namesFiles = model === undefined || typeof model === 'string' || output !== undefined;
    const writes = storage !== undefined && (options.write ?? namesFiles);
    const answer = await perform(
      target,
      { name: 'quantize', argument: job },
      {
        options,
        files: await target.sendable(named.files),
        listeners: {
          signal,
          onProgress,
          onConfigNotes,
          onPaths: writes ? storage.check : undefined,
        },
      },
    );
    const result = { ...answer, written: writes };
    if (writes) await storage.write(result, signal);
    return result;
  }

  async function stored(
    answer: Omit<types.CalibrationState, 'written'>,
    output: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<types.CalibrationState> {
    const writes = target.storage !== undefined && output !== undefined;
    if (writes) await target.storage?.store(output, answer.bytes, signal);
    return { ...answer, written: writes };
  }

  /**
   * Runs the float model over the calibration data once. quantizeOnnxModel takes the result as `calibration` for any
   * calibration type, percentile, precision or target, without running the data again.
   *
   * @param output Node: the file in which it is stored
   */
  async function calibrateOnnxModel(
    config: types.ConfigSource,
    model?: types.ModelSource,
    output?: string,
    options: types.CalibrateOptions = {},
  ): Promise<types.CalibrationState> {
    checkOptions(options);
    checkOutput(output);
    const { signal, onProgress, onConfigNotes, shard } = options;
    const named = nameModel(model, options.modelName, options.files ?? {});
    const job: JobRequest = {
      ...(await makeJob(config, options)),
      modelPath: named.path,
      outputPath: output ?? '',
      shardNumber: shard?.number ?? 1,
      shardOf: shard?.of ?? 1,
    };
    const call = { name: 'calibrate', argument: job } as const;
    const files = await target.sendable(named.files);
    const listeners = { signal, onProgress, onConfigNotes };
    if (output !== undefined) await target.storage?.require(output);
    return stored(await perform(target, call, { options, files, listeners }), output, signal);
  }

  /** Joins the calibration states of shards: the bytes are those of one pass over all of them. */
  async function mergeCalibrations(
    paths: string[],
    output?: string,
    options: types.MergeOptions = {},
  ): Promise<types.CalibrationState> {
    checkOptions(options);
    checkOutput(output);
    checkPaths(paths);
    const { signal } = options;
    const call = { name: 'merge', argument: { paths, output: output ?? '' } } as const;
    const files = await target.sendable(options.files ?? {});
    const run = { options: { ...options, threads: 1 }, files, listeners: { signal } };
    if (output !== undefined) await target.storage?.require(output);
    return stored(await perform(target, call, run), output, signal);
  }

  /**
   * Runs a model, float or quantized, over the data that the configuration names: the first output for each sample.
   *
   * @param model overrides the configuration's `onnx_model`
   */
  async function predictOnnxModel(
    config: types.ConfigSource,
    model?: types.ModelSource,
    options: types.PredictOptions = {},
  ): Promise<types.PredictResult> {
    checkOptions(options);
    const { signal, onProgress } = options;
    const named = nameModel(model, options.modelName, options.files ?? {});
    const job: JobRequest = { ...(await makeJob(config, options)), modelPath: named.path };
    const files = await target.sendable(named.files);
    const call = { name: 'predict', argument: job } as const;
    return perform(target, call, { options, files, listeners: { signal, onProgress } });
  }

  /** What a model holds: operators, shapes, sizes, and what would be quantized. */
  async function inspectOnnxModel(
    model: types.ModelSource,
    options: types.InspectOptions = {},
  ): Promise<types.Inspection> {
    checkOptions(options);
    const { signal } = options;
    const named = nameModel(model ?? null, options.modelName, options.files ?? {});
    const files = await target.sendable(named.files);
    const call = { name: 'inspect', argument: named.path } as const;
    return perform(target, call, {
      options: { ...options, threads: 1 },
      files,
      listeners: { signal },
    });
  }

  /**
   * Runs a quantized model in integers and in float: what runs in int8 and why, where both differ and whether
   * rounding explains it, whether accumulators can overflow, what is not legal for integer hardware.
   */
  async function checkQuantizedModel(
    model: types.ModelSource,
    options: types.CheckOptions = {},
  ): Promise<types.CheckResult> {
    checkOptions(options);
    const { signal, onProgress } = options;
    const named = nameModel(model ?? null, options.modelName, options.files ?? {});
    const float = nameModel(options.floatModel, 'float.onnx', named.files);
    const config =
      options.config === undefined
        ? { text: '', file: '' }
        : await readConfig(options.config, undefined, (path) =>
            target.readConfigFile(path, options.files ?? {}),
          );
    const argument: CheckRequest = {
      modelPath: named.path,
      floatPath: float.path,
      configText: config.text,
      configFile: config.file,
      dataLists: options.dataLists ?? [],
      seed: options.seed ?? 1,
      samples: options.samples ?? 2,
      threads: target.choose(options).threads,
      strict: options.strict ?? false,
      vectors: options.vectors ?? false,
      vectorsFolder: options.vectorsFolder ?? '',
    };
    const { diagnostics, ...answer } = await perform(
      target,
      { name: 'check', argument },
      {
        options,
        files: await target.sendable(float.files),
        listeners: { signal, onProgress },
      },
    );
    // The core wrote it, and both are one package.
    const told = JSON.parse(answer.json) as Omit<
      types.CheckResult,
      'diagnostics' | 'text' | 'json' | 'vectors'
    >;
    return { ...told, ...answer, diagnostics };
  }

  /** Reads a configuration without running it: rejects when it is wrong, else what is worth knowing of it. */
  async function checkConfig(
    config: types.ConfigSource,
    options: types.CheckConfigOptions = {},
  ): Promise<types.Diagnostic[]> {
    checkOptions(options);
    const { signal } = options;
    const call = { name: 'checkConfig', argument: await makeJob(config, options) } as const;
    const run = { ...options, threads: 1 };
    return perform(target, call, { options: run, files: {}, listeners: { signal } });
  }

  /** The JSON Schema (draft 2020-12) of the configuration, as text. */
  function configSchema(): Promise<string> {
    const call = { name: 'configSchema', argument: null } as const;
    return perform(target, call, { options: { threads: 1 }, files: {} });
  }

  /** Replays golden vectors of the int8 kernels: every byte must be equal. */
  function checkInt8Vectors(
    vectors: Uint8Array,
    options: types.RunOptions = {},
  ): Promise<types.VectorReport> {
    const call = { name: 'checkInt8Vectors', argument: vectors } as const;
    return perform(target, call, { options: { ...options, threads: 1 }, files: {} });
  }

  return {
    quantizeOnnxModel,
    calibrateOnnxModel,
    mergeCalibrations,
    predictOnnxModel,
    inspectOnnxModel,
    checkQuantizedModel,
    checkConfig,
    configSchema,
    checkInt8Vectors,
  };
}
