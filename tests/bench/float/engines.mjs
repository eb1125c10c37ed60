// The contestants: each runs in a process of its own and offers
//   load(path), inputs([{ name, type, dims, path }]), run(samples) -> seconds, close()
// ours also report(), hash(), profile() and shape(what) -> GFLOP/s.
import { fork, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ask } from './messages.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const elementTypes = { float32: 1, int32: 6, int64: 7 };

/** A script that answers messages. */
function forked(script, ...args) {
  const child = fork(join(here, script), args.map(String));
  return {
    load: (path) => ask(child, 'load', { path }),
    inputs: (inputs) => ask(child, 'inputs', { inputs }),
    run: (samples) => ask(child, 'run', { samples }),
    report: () => ask(child, 'report'),
    hash: () => ask(child, 'hash'),
    profile: () => ask(child, 'profile'),
    shape: (what) => ask(child, 'shape', { what }),
    close: () => child.kill(),
  };
}

/** The program float_engine, which reads lines; words: the program, or an emulator and the program. */
function program(words, threads) {
  const child = spawn(words[0], words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const command = async (...words) => {
    child.stdin.write(`${words.join(' ')}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the native engine ended');
    if (value.startsWith('error ')) throw new Error(value.slice(6));
    return value;
  };
  return {
    load: (model) => command('load', model),
    async inputs(inputs) {
      for (const { type, dims, path: file } of inputs) {
        await command('input', elementTypes[type], file, ...dims);
      }
    },
    run: async (samples) => Number(await command('run', samples, threads)),
    report: async () => JSON.parse(await command('report')),
    hash: () => command('hash', threads),
    profile: async () => JSON.parse(await command('profile', threads)),
    shape: async (what) => Number(await command('shape', what)),
    close: () => child.stdin.end(),
  };
}

/** Ours, for one number of threads. build: the build folder; module: which WebAssembly program. */
export function ourEngines({ build, threads, module = 'float_engine' }) {
  const name = threads > 1 ? `${module}_threads.mjs` : `${module}.mjs`;
  const wasm = join(build, 'wasm/tests/bench', name);
  return {
    wasm: forked('ours-wasm.mjs', wasm, threads),
    native: program([join(build, 'native/tests/bench/float_engine')], threads),
  };
}

/** So many programs of ours in WebAssembly with a thread each: what this machine gives to those that share nothing. */
export function separateEngines({ build, count }) {
  const wasm = join(build, 'wasm/tests/bench/float_engine.mjs');
  return Array.from({ length: count }, () => forked('ours-wasm.mjs', wasm, 1));
}

/** Ours for riscv64 under qemu, undefined when it is not built. */
export function riscvEngine(build) {
  const path = join(build, 'rv64/tests/bench/float_engine');
  if (!existsSync(path)) return undefined;
  return program(['qemu-riscv64', '-cpu', 'rv64,v=true,vlen=256,vext_spec=v1.0', path], 1);
}

/** Ours and ONNX Runtime's. peers: a folder with its packages. */
export function startEngines({ build, peers, threads }) {
  const { wasm, native } = ourEngines({ build, threads });
  const web = forked('onnxruntime-web.mjs', peers, threads);
  return { wasm, web, native, node: forked('onnxruntime-node.mjs', peers, threads) };
}
