import type { WorkerPort } from '../engine.js';
import { XquantError } from '../errors.js';
import type { FileMap } from '../files.js';
import { createApi, type Target } from '../index.js';
import { configText } from '../inputs.js';
import { chooseThreads } from '../threads.js';
import type { Variant } from '../types.js';
import type { Reply } from '../worker/protocol.js';

/** Written out as they are, so that bundlers find the files and bring them along. */
const ASSETS = {
  single: {
    worker: new URL('../worker/browser-single.js', import.meta.url),
    wasm: new URL('../wasm/xquant.wasm', import.meta.url),
    threadScript: undefined,
  },
  threads: {
    worker: new URL('../worker/browser-threads.js', import.meta.url),
    wasm: new URL('../wasm/xquant-threads.wasm', import.meta.url),
    threadScript: new URL('../wasm/xquant-threads.mjs', import.meta.url),
  },
};

/** Everything a worker needs, in memory: starting another one makes no request. */
interface Loaded {
  module: WebAssembly.Module;
  worker: Blob;
  threadScript?: Blob;
}

const loads = new Map<Variant, Promise<Loaded>>();

async function fetchAsset(url: URL): Promise<Response> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw cannotLoad(url, 'the request failed', cause);
  });
  if (!response.ok) throw cannotLoad(url, `status ${response.status}`);
  return response;
}

function cannotLoad(url: URL, why: string, cause?: unknown): XquantError {
  const fix = 'Serve the files of the package beside the page.';
  return XquantError.of('io', 'XQ-IO-003', `Cannot load ${url.href}: ${why}.`, { fix, cause });
}

async function fetchScript(url: URL): Promise<Blob> {
  const text = await (await fetchAsset(url)).text();
  return new Blob([text], { type: 'text/javascript' });
}

async function compile(url: URL): Promise<WebAssembly.Module> {
  const response = await fetchAsset(url);
  const typed = response.headers.get('content-type')?.startsWith('application/wasm');
  if (typed) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

async function fetchAll(variant: Variant): Promise<Loaded> {
  const { worker, wasm, threadScript } = ASSETS[variant];
  const [script, module, thread] = await Promise.all([
    fetchScript(worker),
    compile(wasm),
    threadScript && fetchScript(threadScript),
  ]);
  return { module, worker: script, ...(thread && { threadScript: thread }) };
}

function load(variant: Variant): Promise<Loaded> {
  const known = loads.get(variant);
  if (known) return known;
  const loading = fetchAll(variant);
  loads.set(variant, loading);
  loading.catch(() => loads.delete(variant));
  return loading;
}

async function openWorker(variant: Variant): Promise<WorkerPort> {
  const url = URL.createObjectURL((await load(variant)).worker);
  const worker = new Worker(url, { type: 'module', name: 'xquant' });
  return {
    post: (start) => worker.postMessage(start),
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
    onReply: (listener) =>
      worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => listener(data)),
    onFailure: (listener) => {
      worker.addEventListener('error', (event) =>
        listener(event.message || 'it could not be started (does the page allow blob: workers?)'),
      );
      worker.addEventListener('messageerror', () => listener('a message could not be read'));
    },
  };
}

/** Threads share memory, which a page gets only when it is cross-origin isolated. */
function isIsolated(): boolean {
  return globalThis.crossOriginIsolated === true;
}

async function readConfigFile(path: string, files: FileMap): Promise<string> {
  const given = files[path];
  if (given) return configText(given, path);
  const reason = `Cannot read '${path}': it is not among the given files.`;
  const fix = 'Give the JSON text, an object, or a file of this name in options.files.';
  throw XquantError.of('io', 'XQ-IO-001', reason, { file: path, fix });
}

const target: Target = {
  choose(wanted) {
    const variant = isIsolated() ? (wanted.variant ?? 'threads') : 'single';
    const most = variant === 'threads' ? Number.MAX_SAFE_INTEGER : 1;
    const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
    return { variant, threads: chooseThreads(wanted.threads, cores, most) };
  },
  async load(variant) {
    const { module, threadScript } = await load(variant);
    return { module, ...(threadScript && { threadScript }) };
  },
  open: openWorker,
  readConfigFile,
  sendable: (files) => Promise.resolve(files),
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

/**
 * Loads and compiles all that later work needs. After it has resolved this package makes no request any more,
 * also not to start again after a cancellation.
 */
export async function prepare(
  options: { threads?: number } = {},
): Promise<{ threads: number; isolated: boolean }> {
  const { variant, threads } = target.choose(options);
  await load(variant);
  return { threads, isolated: isIsolated() };
}

export { configText } from '../inputs.js';
export { XquantError, type ErrorKind, type Place } from '../errors.js';
export type * from '../types.js';
