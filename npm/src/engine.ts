import { XquantError } from './errors.js';
import type { FileMap } from './files.js';
import type { Diagnostic, Paths, Progress, RunOptions, Variant } from './types.js';
import { ProgressClock } from './progress-clock.js';
import type { Call, CallName, Calls, Reply, Start } from './worker/protocol.js';

/** A worker, as browser and Node have it. */
export interface WorkerPort {
  post(start: Start): void;
  /** Ends it at once, whatever it does. */
  terminate(): void;
  onReply(listener: (reply: Reply) => void): void;
  /** It died without an answer. */
  onFailure(listener: (cause: unknown) => void): void;
}

/** What is different between the environments. */
export interface WorkerSource {
  /** The build and the number of threads that a caller gets. */
  choose(wanted: RunOptions): { variant: Variant; threads: number };
  /** The compiled core and, where it has to be told, the script of its threads. Compiled once only. */
  load(variant: Variant): Promise<Pick<Start, 'module' | 'threadScript'>>;
  open(variant: Variant): Promise<WorkerPort>;
}

export interface Listeners {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  onConfigNotes?: ((notes: Diagnostic[]) => void) | undefined;
  /** Where the result will be stored; what it throws ends the work. */
  onPaths?: ((paths: Paths) => Promise<void>) | undefined;
}

type Answer<Name extends CallName> = Calls[Name]['answer'];

interface Context {
  options: RunOptions;
  files: FileMap;
  listeners?: Listeners;
}

/** One call in a worker of its own. To cancel is to terminate: nothing of the work remains. */
export async function perform<Name extends CallName>(
  source: WorkerSource,
  call: Call & { name: Name },
  { options, files, listeners = {} }: Context,
): Promise<Answer<Name>> {
  const { signal } = listeners;
  if (signal?.aborted) throw XquantError.cancelled(signal.reason);
  const { variant, threads } = source.choose(options);
  const poolSize = variant === 'threads' ? threads - 1 : 0;
  let port: WorkerPort | undefined;
  const work = async () => {
    const loaded = await source.load(variant);
    const opened = await source.open(variant);
    if (signal?.aborted) {
      opened.terminate();
      throw XquantError.cancelled(signal.reason);
    }
    port = opened;
    return converse<Name>(port, { call, files, poolSize, ...loaded }, listeners);
  };
  try {
    return await untilAborted(work(), signal);
  } finally {
    port?.terminate();
  }
}

/** The work's result, or a rejection at the moment in which the signal aborts. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const cancel = () => reject(XquantError.cancelled(signal.reason));
    signal.addEventListener('abort', cancel, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}

function converse<Name extends CallName>(
  port: WorkerPort,
  start: Start,
  { onProgress, onConfigNotes, onPaths }: Listeners,
): Promise<Answer<Name>> {
  return new Promise((resolve, reject) => {
    const clock = new ProgressClock();
    // What the caller's functions throw ends the work, not the process.
    const tell = (listener: () => void) => {
      try {
        listener();
      } catch (thrown) {
        reject(thrown);
      }
    };
    port.onFailure((cause) => reject(died(cause)));
    port.onReply((reply) => {
      switch (reply.type) {
        case 'progress':
          tell(() => onProgress?.(clock.at(reply)));
          break;
        case 'notes':
          tell(() => onConfigNotes?.(reply.notes));
          break;
        case 'paths':
          onPaths?.(reply.paths).catch(reject);
          break;
        case 'answer':
          // The one place where the answer's type is taken on trust: worker and caller are one package.
          resolve(reply.answer as Answer<Name>);
          break;
        case 'error':
          reject(new XquantError(reply.error));
          break;
      }
    });
    port.post(start);
  });
}

function died(cause: unknown): XquantError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return XquantError.of('internal', 'XQ-RUN-902', `The worker ended without an answer: ${why}.`, {
    fix: 'It may have run out of memory: try fewer threads or the native program.',
    cause,
  });
}
