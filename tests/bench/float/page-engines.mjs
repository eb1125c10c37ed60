// What runs in a page of Chromium: one of the two engines, as window.engine with load(url), inputs([{ name, type, dims,
// url }]) and run(samples) -> seconds of the wall clock.
import { wasmEngine } from './wasm-engine.mjs';

const arrays = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array };
const fetched = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function ours(threads) {
  const name = threads > 1 ? 'float_engine_threads' : 'float_engine';
  const { default: create } = await import(`/engine/${name}.mjs`);
  const engine = wasmEngine(await create({}), threads);
  return {
    load: async (url) => engine.load(await fetched(url)),
    async inputs(inputs) {
      for (const input of inputs) engine.input({ ...input, bytes: await fetched(input.url) });
    },
    run: (samples) => seconds(() => engine.run(samples)),
    profile: () => engine.profile(),
  };
}

async function onnxRuntimeWeb(threads) {
  const ort = await import('/peers/ort.wasm.min.mjs');
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  let session, feeds;
  return {
    async load(url) {
      await session?.release();
      const options = { executionProviders: ['wasm'] };
      session = await ort.InferenceSession.create(await fetched(url), options);
    },
    async inputs(inputs) {
      feeds = {};
      for (const { name, type, dims, url } of inputs) {
        const { buffer } = await fetched(url);
        feeds[name] = new ort.Tensor(type, new arrays[type](buffer), dims);
      }
    },
    run: (samples) =>
      seconds(async () => {
        for (let i = 0; i < samples; i++) await session.run(feeds);
      }),
  };
}

/** which: 'ours' or 'onnxruntime-web'. */
export async function start(which, threads) {
  window.engine = await (which === 'ours' ? ours(threads) : onnxRuntimeWeb(threads));
}
