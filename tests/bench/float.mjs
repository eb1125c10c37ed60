// The float executor against ONNX Runtime: `npm run bench -- float`, or, when all is built,
// `node tests/bench/float.mjs [model...] [--threads=1,2] [--seconds=N] [--no-shapes] [--no-chromium] [--ours] [--profile]`.
// All engines take turns, in processes of their own; a figure is the shortest of all turns, in milliseconds for each
// sample, and a ratio is ONNX Runtime's time divided by ours. With one thread it is time of the processor, which other
// programs do not change much; with two, of the wall clock: those figures need a quiet machine. With two threads ONNX
// Runtime uses both inside an operator; we run samples in parallel ("16 samples") or use both for one sample ("1
// sample"). In Chromium, too, it is the wall clock. --ours leaves ONNX Runtime out. --profile prints each operator's
// share of our time, fused ones together; with two threads, of one sample that uses both.
import { join } from 'node:path';
import { onnxRuntime } from './float/packages.mjs';
import { chromiumEngines } from './float/chromium.mjs';
import { ourEngines, separateEngines, startEngines } from './float/engines.mjs';
import { findModels, makeInputs } from './float/models.mjs';
import { buildTarget } from '../../core/setup/build.mjs';
import { root } from '../../core/setup/steps.mjs';

const options = Object.fromEntries(
  process.argv
    .filter((word) => word.startsWith('--'))
    .map((word) => word.slice(2).split('='))
    .map(([name, value]) => [name, value ?? true]),
);
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const data = process.env.XQUANT_DATA || join(root, '../shared/data');
const seconds = Number(options.seconds ?? 1); // for each engine and figure
const turn = 0.03; // about so long, so that one that nothing disturbs is among them on a busy machine

/**
 * Turns before one that counts. ONNX Runtime's threads go on looking for work after a run and hold a core that the next
 * engine needs, and a system takes some milliseconds until it gives a thread that wakes a core of its own.
 */
const warmUps = (threads) => (threads > 1 ? 4 : 0);

/** Seconds for each sample: the shortest of interleaved turns, for each engine that could load the model. */
async function measure(runs, threads) {
  const best = {};
  const count = {};
  for (const [name, run] of Object.entries(runs)) {
    const first = await run(1);
    const second = await run(1);
    count[name] = Math.max(1, Math.round(turn / Math.min(first, second)));
    best[name] = Infinity;
  }
  const rounds = Math.max(3, Math.round(seconds / turn));
  const end = performance.now() + rounds * turn * Object.keys(runs).length * 2000;
  for (let round = 0; round < rounds && (round < 3 || performance.now() < end); round++) {
    for (const [name, run] of Object.entries(runs)) {
      for (let i = 0; i < warmUps(threads); i++) await run(count[name]);
      best[name] = Math.min(best[name], await run(count[name]));
    }
  }
  return best;
}

/** Loads the model everywhere; returns the engines that can run it and says which cannot. */
async function load(engines, model, declare = engines.web) {
  const ready = {};
  const declared = await declare.load(model.path);
  const { inputs, remove } = makeInputs(model.name, declared);
  for (const [name, engine] of Object.entries(engines)) {
    try {
      if (engine !== declare) await engine.load(model.path);
      await engine.inputs(inputs);
      await engine.run(1);
      ready[name] = engine;
    } catch (error) {
      console.log(`${model.name}: ${name}: ${error.message}`);
    }
  }
  remove();
  return ready;
}

const cell = (value, digits = 2) =>
  (Number.isFinite(value) ? value.toFixed(digits) : '-').padStart(9);

function row(title, best) {
  const ms = (name) => cell(best[name] * 1e3);
  console.log(
    `${title.padEnd(30)}${ms('wasm')}${ms('web')}${cell(best.web / best.wasm)}${ms('native')}${ms('node')}${cell(best.node / best.native)}`,
  );
}

/** One turn of an engine: so many samples, seconds for each. */
const each =
  (engine, batch = 1) =>
  async (turns) =>
    (await engine.run(turns * batch)) / (turns * batch);

/** One sample at a time, again and again. */
const single = (engine) => async (turns) => {
  let best = Infinity;
  for (let i = 0; i < turns; i++) best = Math.min(best, await engine.run(1));
  return best;
};

/** How many times as much as one program so many get done together that share nothing but the machine. */
async function benchSeparate(count, model, declare) {
  const engines = separateEngines({ build: join(root, 'build'), count });
  const ready = await load({ ...engines }, model, declare);
  const side = (list) => async (turns) => {
    const start = performance.now();
    await Promise.all(list.map((engine) => engine.run((turns * 16) / list.length)));
    return (performance.now() - start) / 1000 / (turns * 16);
  };
  const [one] = Object.values(ready);
  const best = await measure({ one: side([one]), all: side(Object.values(ready)) }, 1);
  console.log(
    `  ${count} programs that share nothing: ${(best.one / best.all).toFixed(2)} times one`,
  );
  for (const engine of engines) engine.close();
}

async function benchModels(threads, peers) {
  const engines = startEngines({ build: join(root, 'build'), peers, threads });
  const titles = ['ms', 'wasm', 'ort-web', 'ratio', 'native', 'ort-node', 'ratio'];
  console.log(
    `\n${threads} thread${threads > 1 ? 's' : ''}`.padEnd(29) +
      titles.map((title, i) => (i === 0 ? title.padStart(2) : title.padStart(9))).join(''),
  );
  const reports = [];
  for (const model of findModels(data, names)) {
    const ready = await load(engines, model);
    if (options.ours) for (const name of ['web', 'node']) delete ready[name];
    const runs = Object.fromEntries(
      Object.entries(ready).map(([name, engine]) => [name, each(engine, threads > 1 ? 16 : 1)]),
    );
    row(threads > 1 ? `${model.name}, 16 samples` : model.name, await measure(runs, threads));
    if (threads > 1) {
      const alone = Object.entries(ready).map(([name, engine]) => [name, single(engine)]);
      row(`${model.name}, 1 sample`, await measure(Object.fromEntries(alone), threads));
      await benchSeparate(threads, model, engines.web);
    }
    if (options.profile) {
      if (ready.wasm) printProfile('wasm', await ready.wasm.profile());
      if (ready.native) printProfile('native', await ready.native.profile());
    }
    if (ready.wasm) reports.push([model.name, await ready.wasm.report()]);
  }
  for (const engine of Object.values(engines)) engine.close();
  return reports;
}

/** Ours and ONNX Runtime's in pages of Chromium; `node` says what inputs a model declares. */
async function benchChromium(peers) {
  const executable = process.env.XQUANT_CHROMIUM ?? '/usr/bin/chromium';
  const { engines, close } = await chromiumEngines({
    build: join(root, 'build'),
    peers,
    threads: 1,
    executable,
  });
  const { node, ...others } = startEngines({ build: join(root, 'build'), peers, threads: 1 });
  for (const engine of Object.values(others)) engine.close();
  console.log(`\n${'Chromium, 1 thread'.padEnd(29)}ms     ours  ort-web    ratio`);
  for (const model of findModels(data, names)) {
    const ready = await load(engines, model, node);
    const runs = Object.entries(ready).map(([name, engine]) => [name, each(engine)]);
    const best = await measure(Object.fromEntries(runs), 1);
    const figures = [best.wasm * 1e3, best.web * 1e3, best.web / best.wasm];
    console.log(model.name.padEnd(30) + figures.map((value) => cell(value)).join(''));
    if (options.profile && ready.wasm) printProfile('Chromium', await ready.wasm.profile());
  }
  node.close();
  await close();
}

/** Operators by their share of the time, fused ones together, and the slowest steps. */
function printProfile(title, steps) {
  const byOperator = {};
  for (const [op, , ms] of steps) byOperator[op] = (byOperator[op] ?? 0) + ms;
  const all = steps.reduce((sum, [, , ms]) => sum + ms, 0);
  const line = (entries, text) =>
    entries
      .sort((a, b) => b[1] - a[1])
      .map(([name, ms]) => `${name} ${text(ms)}`)
      .slice(0, 10)
      .join(', ');
  const share = (ms) => `${((100 * ms) / all).toFixed(1)} %`;
  console.log(`  ${title}, share by operator: ${line(Object.entries(byOperator), share)}`);
  const slowest = steps.map(([op, value, ms]) => [`${op} ${value}`, ms]);
  console.log(`  slowest, ms: ${line(slowest, (ms) => ms.toFixed(2))}`);
}

function printReports(reports) {
  const fields = Object.keys(reports[0]?.[1] ?? {});
  console.log(`\n${'wasm'.padEnd(20)}${fields.map((field) => field.padStart(13)).join('')}`);
  for (const [name, report] of reports) {
    const value = (field) =>
      field.endsWith('Ms') ? report[field].toFixed(1) : `${(report[field] / 1024).toFixed(0)} kB`;
    console.log(`${name.padEnd(20)}${fields.map((f) => value(f).padStart(13)).join('')}`);
  }
}

const shapes = [
  ...[128, 256, 512, 1024].map((n) => `gemm ${n}`), // or m k n
  'gemm 128 384 1536',
  'gemm 128 1536 384',
  'conv 3 16 224 3 1 1', // first layer
  'conv 3 32 224 3 2 1',
  'conv 16 16 32 3 1 1',
  'conv 64 64 56 3 1 1',
  'conv 256 256 14 3 1 1',
  'conv 512 512 7 3 1 1',
  'conv 64 128 56 1 1 1',
  'conv 512 512 7 1 1 1',
  'conv 128 128 56 3 2 1',
  'conv 64 64 112 3 1 64', // depthwise
  'conv 64 64 112 3 2 64',
  'conv 256 256 14 5 1 256',
  'conv 1 64 224 5 1 1',
  'conv1d 256 128 512 5', // in out size kernel
];

/** Functions of arguments between -4 and 4. */
const functions = ['Exp', 'Tanh', 'Erf', 'Gelu', 'Sigmoid', 'Softplus', 'Mish', 'HardSwish'];

async function benchShapes() {
  const { wasm, native } = ourEngines({ build: join(root, 'build'), threads: 1 });
  console.log(`\nGFLOP/s, one thread (conv: in out size kernel stride groups)`);
  console.log(`${''.padEnd(30)}     wasm  of peak   native  of peak`);
  for (const what of shapes) {
    let line = what.padEnd(30);
    for (const engine of [wasm, native]) {
      const peak = await engine.shape('peak');
      const rate = await engine.shape(what);
      line += `${cell(rate, 1)}${`${((100 * rate) / peak).toFixed(0)} %`.padStart(9)}`;
    }
    console.log(line);
  }
  console.log(`\nns for each element, one thread\n${''.padEnd(30)}     wasm   native`);
  for (const name of functions) {
    const time = async (engine) => cell(await engine.shape(`map ${name} 4`));
    console.log(`${name.padEnd(30)}${await time(wasm)}${await time(native)}`);
  }
  const plan = (engine) => engine.shape('nodes 10000');
  console.log(
    `a graph of 10000 nodes, compiled and planned: wasm ${(await plan(wasm)).toFixed(0)} ms, native ${(await plan(native)).toFixed(0)} ms`,
  );
  wasm.close();
  native.close();
}

const peers = await onnxRuntime();
const counts = String(options.threads ?? '1,2')
  .split(',')
  .map(Number);
await buildTarget('wasm', 'float_engine');
if (counts.some((threads) => threads > 1)) await buildTarget('wasm', 'float_engine_threads');
let reports = [];
for (const threads of counts) {
  const found = await benchModels(threads, peers);
  if (reports.length === 0) reports = found;
}
printReports(reports);
if (!options['no-chromium']) await benchChromium(peers);
if (!options['no-shapes']) await benchShapes();
process.exit(0);
