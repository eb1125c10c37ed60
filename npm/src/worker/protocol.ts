import type { ErrorParts } from '../errors.js';
import type { FileMap } from '../files.js';
import type { Returned } from './core.js';
import type {
  CalibrationState,
  Diagnostic,
  Inspection,
  Paths,
  PredictResult,
  QuantizeResult,
  VectorReport,
} from '../types.js';
import type { CheckRequest, CheckValue, JobRequest } from '../wasm/xquant.mjs';

/** The core's answer before its JSON is read. */
export type CheckAnswer = Omit<Returned<CheckValue>, 'diagnostics'> & { diagnostics: Diagnostic[] };

/** What a worker can be asked for: the argument and the answer of each call. */
export interface Calls {
  quantize: { argument: JobRequest; answer: Omit<QuantizeResult, 'written'> };
  calibrate: { argument: JobRequest; answer: Omit<CalibrationState, 'written'> };
  merge: {
    argument: { paths: string[]; output: string };
    answer: Omit<CalibrationState, 'written'>;
  };
  inspect: { argument: string; answer: Inspection };
  check: { argument: CheckRequest; answer: CheckAnswer };
  predict: { argument: JobRequest; answer: PredictResult };
  checkConfig: { argument: JobRequest; answer: Diagnostic[] };
  configSchema: { argument: null; answer: string };
  checkInt8Vectors: { argument: Uint8Array; answer: VectorReport };
}

export type CallName = keyof Calls;

/** A call with the argument that belongs to it. */
export type Call = {
  [Name in CallName]: { name: Name; argument: Calls[Name]['argument'] };
}[CallName];

/** The one message that a worker gets. A worker serves one call; to cancel it is to terminate it. */
export interface Start {
  call: Call;
  files: FileMap;
  /** Threads besides the worker itself; 0 for the build without threads. */
  poolSize: number;
  /** The compiled core. */
  module: WebAssembly.Module;
  /** The script that a thread runs, where it cannot be found beside the worker's own. */
  threadScript?: Blob;
}

/** What a worker answers: any number of "progress", "notes" and "paths" once at most, then one "answer" or one "error". */
export type Reply =
  | { type: 'progress'; phase: string; done: number; total: number }
  | { type: 'notes'; notes: Diagnostic[] }
  | { type: 'paths'; paths: Paths }
  | { type: 'answer'; answer: Calls[CallName]['answer'] }
  | { type: 'error'; error: ErrorParts };
