import type { XquantConfig } from './config.generated.js';
import type { Place } from './errors.js';
import type { FileContent, FileMap } from './files.js';

/** Something worth knowing that did not stop the run: a fallback, an ignored key, a float island. */
export interface Diagnostic {
  severity: 'info' | 'warning';
  /** Stable: "XQ-CFG-101". */
  code: string;
  message: string;
  place: Place;
  fix: string;
  /** All of it in one line. */
  text: string;
}

/** How far one output of the quantized model is from the float model's, over the calibration samples. */
export interface OutputQuality {
  name: string;
  /** 10 log10(signal power / noise power). */
  sqnrDb: number;
  cosine: number;
  /** Share of samples with equal index of the largest element; NaN where that means nothing. */
  agreement: number;
}

export interface Summary {
  samples: number;
  skippedSamples: number;
  operators: number;
  quantizedOperators: number;
  quantizedTensors: number;
  /** Size of the input model in bytes, external data included. */
  floatBytes: number;
  quantizedBytes: number;
  outputs: OutputQuality[];
}

export interface Paths {
  model: string;
  quantizedModel: string;
  report: string;
  reportJson: string;
  reportHtml: string;
}

export interface QuantizeResult {
  /** The quantized model, ONNX. */
  model: Uint8Array<ArrayBuffer>;
  /** Markdown; "" when the configuration disables the analysis. */
  report: string;
  /** The same content for programs, and as one HTML file that needs nothing else; "" likewise. */
  reportJson: string;
  reportHtml: string;
  summary: Summary;
  diagnostics: Diagnostic[];
  /** Where model and report belong, by the naming rules of the configuration. */
  paths: Paths;
  /** What the command line prints at the end. */
  text: string;
  /** What it prints under --json. */
  json: string;
  /** Whether they have been stored there. Always false in a browser. */
  written: boolean;
}

export interface Inspection {
  producer: string;
  irVersion: number;
  opset: number;
  /** Number of weights. */
  parameters: number;
  /** A dimension is a number, a symbol, or "?". */
  inputs: { name: string; type: string; shape: string[] }[];
  outputs: { name: string; type: string; shape: string[] }[];
  /** Nodes of each type in the file, those that remain after folding and fusing, and how many of these can be int8. */
  operators: { type: string; count: number; remaining: number; quantizable: number }[];
  /** Holds QuantizeLinear or DequantizeLinear nodes. */
  quantized: boolean;
  /** Operator types that this build cannot run. */
  missing: string[];
  /** What `xquant inspect` prints. */
  text: string;
  /** What it prints under --json. */
  json: string;
}

/** What a model answered for one sample. */
export interface Prediction {
  /** Index in the data list. */
  sample: number;
  /** The first output, flattened. */
  scores: Float32Array<ArrayBuffer>;
}

export interface PredictResult {
  /** In the order of the list; samples that cannot be read are missing. */
  predictions: Prediction[];
  diagnostics: Diagnostic[];
}

/** How one operator of a quantized model runs in integers. */
export interface OperatorCheck {
  node: string;
  type: string;
  /** "int8ToFloat": 8-bit operands and int32 accumulators, a float result. */
  execution: 'int8' | 'int8ToFloat' | 'float';
  /** In words: what keeps it float, or what it is part of. */
  reason: string;
  /** Against the float path on the same 8-bit operands. */
  difference?: {
    elements: number;
    largestSteps: number;
    /** Apart because the real result lies at a rounding tie, or by the rounding of a real bias. */
    ties: number;
    /** Of these, by more than one step: the accumulator's unit is larger than a step. */
    coarseBias: number;
    farthestTie: number;
    /** More than rounding explains: a defect. */
    unexplained: number;
    largestDifference: number;
    largestMagnitude: number;
  };
  /** Real results outside of the 8-bit range. */
  saturated?: { low: number; high: number };
  /** How far accumulators can go, in the channel that goes furthest: a proof from the weights, or from the 8-bit ranges of two activations. */
  accumulator?: {
    depth: number;
    channel: number;
    lowest: number;
    highest: number;
    spareBits: number;
    fitsInt32: boolean;
    biasRounding: number;
  };
}

export interface OutputCheck {
  name: string;
  /** Of the bytes of integer execution, all samples one after the other; equal on every platform. */
  sha256: string;
  elements: number;
  /** Elements that differ from the model in float arithmetic on dequantized values. */
  different: number;
  largestDifference: number;
  largestMagnitude: number;
  /** Against the float model, when it was given. */
  sqnrDb?: number;
  cosine?: number;
}

/** A file of test vectors: tensors as .npy, a C program that replays them with the int8 library, a manifest. */
export interface VectorFile {
  /** Below the folder of the test vectors. */
  path: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Something that whoever relies on a quantized model should know; one that fails makes the verdict negative. */
export interface Finding {
  fails: boolean;
  /** Stable: "XQ-CHK-101". */
  code: string;
  message: string;
  /** Only what is known of it. */
  place: Partial<Place>;
}

export interface CheckResult {
  passed: boolean;
  samples: number;
  /** Where the inputs came from. */
  inputs: string;
  /** Instruction set of the int8 kernels. */
  kernels: string;
  operators: OperatorCheck[];
  outputs: OutputCheck[];
  findings: Finding[];
  diagnostics: Diagnostic[];
  /** Empty unless they were asked for. */
  vectors: VectorFile[];
  /** What `xquant check` prints. */
  text: string;
  /** What it prints under --json. */
  json: string;
}

/** What became of the int8 kernels' golden vectors here. */
export interface VectorReport {
  isa: string;
  cases: number;
  mismatches: number;
  firstMismatch: string;
}

export interface Progress {
  /** "load", "calibrate", "analyse", ... */
  phase: string;
  done: number;
  /** 0 while it is unknown. */
  total: number;
  /** Seconds until the end of the phase, once that can be estimated. */
  remainingSeconds?: number;
}

/**
 * An object; the JSON text (comments and trailing commas are accepted), whose errors then carry line and column;
 * a file. A string that does not begin as JSON is a path: on the disk in Node, a key of `files` in a browser.
 */
export type ConfigSource = XquantConfig | string | Blob | Uint8Array;

/** A path (on the disk in Node, a key of `files` in a browser), or the bytes. */
export type ModelSource = string | FileContent | ArrayBuffer;

export interface RunOptions {
  /** Stops the work; the promise rejects with an XquantError of kind "cancelled", name "AbortError". */
  signal?: AbortSignal | undefined;
  /** More than one only in Node and in cross-origin isolated pages; default: one for each core, at most 8. */
  threads?: number | undefined;
  /** Which build of the core; by default the one with threads where threads can run. */
  variant?: Variant | undefined;
  /** Files that answer to the paths in configuration and lists. In a browser every file that is named there. */
  files?: FileMap | undefined;
}

export interface QuantizeOptions extends RunOptions {
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Hears what is worth knowing of the configuration before the work begins; it is in the result, too. */
  onConfigNotes?: ((notes: Diagnostic[]) => void) | undefined;
  /** Unknown configuration keys are errors instead of warnings. */
  strict?: boolean | undefined;
  /** The name of a configuration given as text, for messages. */
  configName?: string | undefined;
  /** The name of a model given as bytes, for messages and output names; default: the file's, or model.onnx. */
  modelName?: string | undefined;
  /**
   * Node: whether to store model and report. By default so when the model is a file or `output` is given: bytes
   * in, bytes out.
   */
  write?: boolean | undefined;
  /** The path of a calibration state, whose statistics take the place of a run over the data. */
  calibration?: string | undefined;
}

/** What one pass over calibration data leaves: a `.xqcal` file. */
export interface CalibrationState {
  bytes: Uint8Array<ArrayBuffer>;
  /** How many samples it is of. */
  samples: number;
  diagnostics: Diagnostic[];
  /** What the command line prints at the end. */
  text: string;
  /** What it prints under --json. */
  json: string;
  /** Whether it has been stored at `output`. Always false in a browser. */
  written: boolean;
}

export interface CalibrateOptions extends Omit<QuantizeOptions, 'write' | 'calibration'> {
  /** Only every of-th sample, beginning with the number-th: the part of one machine among several. */
  shard?: { number: number; of: number } | undefined;
}

export type MergeOptions = Pick<RunOptions, 'signal' | 'files' | 'variant'>;

export type PredictOptions = Omit<QuantizeOptions, 'write' | 'onConfigNotes' | 'calibration'>;

export interface CheckOptions extends RunOptions {
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Inputs are those of this configuration. */
  config?: ConfigSource | undefined;
  /** Paths of lists of inputs, one for each model input. Without these and a configuration inputs are random. */
  dataLists?: string[] | undefined;
  /** The float model, to compare outputs with. */
  floatModel?: ModelSource | undefined;
  /** Of the random inputs; default 1. */
  seed?: number | undefined;
  /** How many random inputs; default 2. */
  samples?: number | undefined;
  strict?: boolean | undefined;
  modelName?: string | undefined;
  /** Makes test vectors of the first sample. */
  vectors?: boolean | undefined;
  /** Where they will be written: rejects when one of them would replace a file that is read. */
  vectorsFolder?: string | undefined;
}

export interface InspectOptions extends RunOptions {
  modelName?: string | undefined;
}

export interface CheckConfigOptions extends RunOptions {
  strict?: boolean | undefined;
  configName?: string | undefined;
}

export type Variant = 'single' | 'threads';
export type { XquantConfig, FileContent, FileMap };
