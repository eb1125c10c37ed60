import type { MainModule } from '../wasm/xquant.mjs';

/** The default export of the generated xquant.mjs and xquant-threads.mjs. */
export type CoreFactory = (options?: unknown) => Promise<MainModule>;

export interface CoreOptions {
  module: WebAssembly.Module;
  poolSize: number;
  threadScript?: Blob | undefined;
}

/** Starts the core from its compiled module; resolves when its threads are ready. */
export function startCore(factory: CoreFactory, options: CoreOptions): Promise<MainModule> {
  return new Promise((resolve, reject) => {
    const started = factory({
      poolSize: options.poolSize,
      mainScriptUrlOrBlob: options.threadScript,
      // The glue waits for ever when this fails, hence the promise around it.
      instantiateWasm(
        imports: WebAssembly.Imports,
        done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
      ) {
        WebAssembly.instantiate(options.module, imports).then(
          (instance) => done(instance, options.module),
          reject,
        );
        return {};
      },
    });
    started.then(resolve, reject);
  });
}

/** embind types a C++ string by all that it accepts; what it returns is a string. */
export type Returned<T> = string extends T
  ? string
  : T extends Uint8Array | Float32Array | number | boolean
    ? T
    : T extends readonly (infer Item)[]
      ? Returned<Item>[]
      : { [Key in keyof T]: Returned<T[Key]> };

/** embind's word for what it returns, corrected in one place. */
export function returned<T>(value: T): Returned<T> {
  return value as Returned<T>;
}
