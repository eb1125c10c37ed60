// A child process with our executor in WebAssembly: `node ours-wasm.mjs <float_engine.mjs> <threads>`.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { answerMessages, measure } from './messages.mjs';

const [, , path, threads] = process.argv;
const { default: create } = await import(pathToFileURL(path));
const module = await create({});
const elementTypes = { float32: 1, int32: 6, int64: 7 };

/** Calls function(pointer, size) with a copy of the bytes in the module's memory. */
function withBytes(bytes, call) {
  const pointer = module._malloc(Math.max(1, bytes.length));
  module.HEAPU8.set(bytes, pointer);
  try {
    return call(pointer, bytes.length);
  } finally {
    module._free(pointer);
  }
}

function check(result) {
  if (result < 0) throw new Error(module.UTF8ToString(module._engine_error()));
  return result;
}

answerMessages({
  load({ path: model }) {
    withBytes(readFileSync(model), (pointer, size) => check(module._engine_load(pointer, size)));
  },
  inputs({ inputs }) {
    for (const { type, dims, path: file } of inputs) {
      const shape = new Uint8Array(Int32Array.from(dims).buffer);
      withBytes(shape, (dimensions) =>
        withBytes(readFileSync(file), (pointer, size) =>
          check(module._engine_input(elementTypes[type], dimensions, dims.length, pointer, size)),
        ),
      );
    }
  },
  run: ({ samples }) =>
    measure(Number(threads), () => check(module._engine_run(samples, Number(threads)))),
  report: () => JSON.parse(module.UTF8ToString(module._engine_report())),
  hash: () => module.UTF8ToString(module._engine_hash(Number(threads))),
  profile: () => JSON.parse(module.UTF8ToString(module._engine_profile())),
  shape({ what }) {
    const text = module.stringToNewUTF8(what);
    try {
      return check(module._engine_shape(text));
    } finally {
      module._free(text);
    }
  },
});
