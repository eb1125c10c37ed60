import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { WorkerPort } from '../engine.js';
import { XquantError } from '../errors.js';
import type { FileContent, FileMap } from '../files.js';
import { createApi, type Target } from '../index.js';
import { configText } from '../inputs.js';
import { chooseThreads } from '../threads.js';
import type { Variant } from '../types.js';
import type { Reply } from '../worker/protocol.js';
import { compiledCore, has } from './node-core.js';
import { storage } from './node-storage.js';

function openWorker(variant: Variant): WorkerPort {
  const worker = new Worker(new URL('../worker/node-entry.js', import.meta.url), {
    workerData: { variant },
  });
  return {
    post: (start) => worker.postMessage(start),
    terminate: () => void worker.terminate(),
    onReply: (listener) => void worker.on('message', (reply: Reply) => listener(reply)),
    onFailure: (listener) => {
      worker.once('error', listener);
      worker.once('messageerror', listener);
      worker.once('exit', (code) => listener(`exit code ${code}`));
    },
  };
}

/** A worker of Node cannot read a Blob synchronously: its bytes are fetched beforehand. */
async function bytesOf(content: FileContent): Promise<Uint8Array> {
  return content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
}

async function readConfigFile(path: string, files: FileMap): Promise<string> {
  const given = files[path];
  if (given) return configText(given, path);
  try {
    return await configText(await readFile(path), path);
  } catch (cause) {
    if (cause instanceof XquantError) throw cause;
    if (existsSync(path)) {
      const why = statSync(path).isDirectory() ? 'it is a folder' : 'no such file or no permission';
      const fix = 'Check the path and its permissions.';
      throw XquantError.of('io', 'XQ-IO-001', `Cannot read '${path}': ${why}.`, {
        file: path,
        fix,
        cause,
      });
    }
    const reason = 'The configuration file does not exist.';
    const fix = 'Check the path of the configuration.';
    throw XquantError.of('usage', 'XQ-CLI-012', reason, { file: path, fix, cause });
  }
}

/** A package that was built without threads is still a package. */
const DEFAULT_VARIANT: Variant = has('threads') ? 'threads' : 'single';

const target: Target = {
  choose({ variant = DEFAULT_VARIANT, threads }) {
    const most = variant === 'threads' ? Number.MAX_SAFE_INTEGER : 1;
    return { variant, threads: chooseThreads(threads, availableParallelism(), most) };
  },
  load: async (variant) => ({ module: await compiledCore(variant) }),
  open: (variant) => Promise.resolve(openWorker(variant)),
  readConfigFile,
  async sendable(files) {
    const entries = Object.entries(files).map(
      async ([path, content]) => [path, await bytesOf(content)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  },
  storage,
};

export const {
  quantizeOnnxModel,
  calibrateOnnxModel,
  mergeCalibrations,
  checkQuantizedModel,
  predictOnnxModel,
  inspectOnnxModel,
  checkConfig,
  configSchema,
  checkInt8Vectors,
} = createApi(target);

/** Compiles the core ahead of its first use. */
export async function prepare(
  options: { threads?: number } = {},
): Promise<{ threads: number; isolated: boolean }> {
  const { variant, threads } = target.choose(options);
  await compiledCore(variant);
  return { threads, isolated: true };
}

export { configText } from '../inputs.js';
export { XquantError, type ErrorKind, type Place } from '../errors.js';
export type * from '../types.js';
