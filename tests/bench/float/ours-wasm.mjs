// A child process with our executor in WebAssembly: `node ours-wasm.mjs <float_engine.mjs> <threads>`.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { answerMessages, measure } from './messages.mjs';
import { wasmEngine } from './wasm-engine.mjs';

const [, , path, threads] = process.argv;
const { default: create } = await import(pathToFileURL(path));
const engine = wasmEngine(await create({}), Number(threads));

answerMessages({
  load: ({ path: model }) => engine.load(readFileSync(model)),
  inputs({ inputs }) {
    for (const { type, dims, path: file } of inputs) {
      engine.input({ type, dims, bytes: readFileSync(file) });
    }
  },
  run: ({ samples }) => measure(Number(threads), () => engine.run(samples)),
  report: () => engine.report(),
  hash: () => engine.hash(),
  profile: () => engine.profile(),
  shape: ({ what }) => engine.shape(what),
});
