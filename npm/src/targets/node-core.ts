import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Variant } from '../types.js';
import type { CoreFactory } from '../worker/core.js';

const WASM = {
  single: new URL('../wasm/xquant.wasm', import.meta.url),
  threads: new URL('../wasm/xquant-threads.wasm', import.meta.url),
};

/** Whether this package was built with a variant of the core. */
export function has(variant: Variant): boolean {
  return existsSync(WASM[variant]);
}

const modules = new Map<Variant, Promise<WebAssembly.Module>>();

/** The compiled core; compiled once in a process. */
export function compiledCore(variant: Variant): Promise<WebAssembly.Module> {
  const known = modules.get(variant);
  if (known) return known;
  const compiling = readFile(WASM[variant]).then((bytes) => WebAssembly.compile(bytes));
  modules.set(variant, compiling);
  return compiling;
}

/** The generated script that belongs to a variant. */
export async function coreFactory(variant: Variant): Promise<CoreFactory> {
  const glue =
    variant === 'threads'
      ? await import('../wasm/xquant-threads.mjs')
      : await import('../wasm/xquant.mjs');
  return glue.default;
}
