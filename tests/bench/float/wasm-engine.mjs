// Our executor in WebAssembly behind plain functions, in Node and in a page: see engine.h.
const elementTypes = { float32: 1, int32: 6, int64: 7 };

/** module: an instance of float_engine.mjs. Models and inputs come as Uint8Array. */
export function wasmEngine(module, threads) {
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

  return {
    load(bytes) {
      withBytes(bytes, (pointer, size) => check(module._engine_load(pointer, size)));
    },
    input({ type, dims, bytes }) {
      const shape = new Uint8Array(Int32Array.from(dims).buffer);
      withBytes(shape, (dimensions) =>
        withBytes(bytes, (pointer, size) =>
          check(module._engine_input(elementTypes[type], dimensions, dims.length, pointer, size)),
        ),
      );
    },
    run: (samples) => check(module._engine_run(samples, threads)),
    report: () => JSON.parse(module.UTF8ToString(module._engine_report())),
    hash: () => module.UTF8ToString(module._engine_hash(threads)),
    profile: () => JSON.parse(module.UTF8ToString(module._engine_profile(threads))),
    shape(what) {
      const text = module.stringToNewUTF8(what);
      try {
        return check(module._engine_shape(text));
      } finally {
        module._free(text);
      }
    },
  };
}
