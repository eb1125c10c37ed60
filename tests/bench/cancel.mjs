// How soon a job ends when it is told to, and how good its progress is: for each configuration of $XQUANT_DATA.
//   silence    natively, by phase: the longest time in which the job did not look whether to stop, and by how many
//              seconds the remaining time that it showed was wrong at most
//   interrupt  SIGINT to the command lines, native and Node, at moments spread over the job: until the process is gone
//   abort      an AbortSignal to the package in Node, at the beginning of each phase: until the promise rejects
//
// npm run bench -- cancel [--models a,b] [--levels 1,3] [--parts silence,interrupt,abort] [--moments 8] [--threads 1]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTarget } from '../../core/setup/build.mjs';
import { configure } from './e2e/configure.mjs';

const root = resolve(import.meta.dirname, '../..');
const data = process.env.XQUANT_DATA;
const { values: chosen } = parseArgs({
  options: {
    models: { type: 'string', default: '' },
    levels: { type: 'string', default: '1,3' },
    parts: { type: 'string', default: 'silence,interrupt,abort' },
    moments: { type: 'string', default: '8' },
    threads: { type: 'string', default: '1' },
  },
});
const split = (text) => text.split(',').filter(Boolean);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const print = (...cells) => console.log(`| ${cells.join(' | ')} |`);

function head(title, ...columns) {
  console.log(`\n${title}\n`);
  print(...columns);
  print(...columns.map(() => '---'));
}

/** Of all runs of a phase together. */
function byPhase(lines) {
  const phases = new Map();
  for (const { phase, seconds, silence, estimate_error: error } of lines) {
    const sum = phases.get(phase) ?? { seconds: 0, silence: 0, error: 0 };
    sum.seconds += seconds;
    sum.silence = Math.max(sum.silence, silence);
    sum.error = Math.max(sum.error, error);
    phases.set(phase, sum);
  }
  return phases;
}

async function silence(jobs) {
  await buildTarget('native', 'pipeline_bench_cancel');
  const program = join(root, 'build/native/tests/pipeline/pipeline_bench_cancel');
  head(
    'Natively, CPU time of one thread',
    'model, finetune_level',
    'phase',
    'seconds',
    'longest silence, ms',
    'estimate wrong by, s',
  );
  let longest = 0;
  for (const { name, config } of jobs()) {
    const run = spawnSync(program, [config, '1'], { cwd: data, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    const lines = run.stdout.trim().split('\n').map(JSON.parse);
    for (const [phase, { seconds, silence: quiet, error }] of byPhase(lines)) {
      print(name, phase, seconds.toFixed(2), (1000 * quiet).toFixed(0), error.toFixed(1));
      longest = Math.max(longest, quiet);
    }
  }
  console.log(`\nlongest silence: ${(1000 * longest).toFixed(0)} ms`);
}

/** Runs a command line; with `after`, interrupts it then. Milliseconds from the start, or from the interruption. */
function timed([command, ...first], config, folder, after) {
  const output = ['-o', join(folder, 'interrupted.q.onnx'), '--quiet', '--threads', chosen.threads];
  return new Promise((done, failed) => {
    const child = spawn(command, [...first, '-c', config, ...output], {
      cwd: data,
      stdio: 'ignore',
    });
    let begin = performance.now();
    const timer =
      after !== undefined &&
      setTimeout(() => {
        begin = performance.now();
        child.kill('SIGINT');
      }, after);
    child.on('error', failed);
    child.on('exit', (status, signal) => {
      clearTimeout(timer);
      // Node ends by the signal itself before the command line listens.
      done({ milliseconds: performance.now() - begin, status: signal === 'SIGINT' ? 130 : status });
    });
  });
}

async function interrupt(jobs, folder) {
  const programs = {
    native: [join(root, 'build/native/core/cli/xquant')],
    Node: [process.execPath, join(root, 'npm/dist/cli.js')],
  };
  head(
    `SIGINT at ${chosen.moments} moments, wall time, ${chosen.threads} threads`,
    'model, finetune_level',
    'command line',
    'whole job, s',
    'longest until the end, ms',
    'moments at which it ran',
  );
  for (const { name, config } of jobs()) {
    for (const [surface, program] of Object.entries(programs)) {
      const whole = await timed(program, config, folder);
      if (whole.status !== 0) throw new Error(`${name}, ${surface}: status ${whole.status}`);
      const moments = Number(chosen.moments);
      let longest = 0;
      let heard = 0;
      for (let i = 0; i < moments; ++i) {
        const at = (whole.milliseconds * (i + 0.5)) / moments;
        const { milliseconds, status } = await timed(program, config, folder, at);
        if (status === 0) continue; // it was faster this time
        if (status !== 130) throw new Error(`${name}, ${surface}: status ${status}`);
        heard += 1;
        longest = Math.max(longest, milliseconds);
      }
      print(name, surface, (whole.milliseconds / 1000).toFixed(1), longest.toFixed(0), heard);
    }
  }
}

async function abort(jobs, folder) {
  const { quantizeOnnxModel } = await import(join(root, 'npm/dist/targets/node.js'));
  process.chdir(data);
  /** Aborts a little after that phase has begun; the phases seen, and how long it took. */
  const run = async (config, phase) => {
    const seen = new Set();
    const controller = new AbortController();
    let begin;
    const stop = async () => {
      await wait(20);
      begin = performance.now();
      controller.abort();
    };
    const job = quantizeOnnxModel(config, undefined, join(folder, 'aborted.q.onnx'), {
      threads: Number(chosen.threads),
      signal: controller.signal,
      onProgress: (now) => {
        if (now.phase === phase && !seen.has(phase)) stop();
        seen.add(now.phase);
      },
    });
    const error = await job.then(
      () => undefined,
      (reason) => reason,
    );
    if (error && error.name !== 'AbortError') throw error;
    return { seen, milliseconds: error && performance.now() - begin };
  };
  head('AbortSignal in Node', 'model, finetune_level', 'phase', 'until the promise rejects, ms');
  for (const { name, config } of jobs()) {
    for (const phase of (await run(config)).seen) {
      const { milliseconds } = await run(config, phase);
      print(name, phase, milliseconds?.toFixed(1) ?? 'had ended');
    }
  }
}

if (!data) {
  console.log('skipped: XQUANT_DATA names no folder of models');
} else {
  const known = readdirSync(join(data, 'configs'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'));
  const models = chosen.models ? split(chosen.models) : known.sort();
  const folder = mkdtempSync(join(tmpdir(), 'xquant-cancel-'));
  const jobs = function* () {
    for (const level of split(chosen.levels)) {
      for (const model of models) {
        const settings = { finetune_level: Number(level) };
        yield { name: `${model}, ${level}`, config: configure(data, model, settings, folder) };
      }
    }
  };
  const parts = { silence, interrupt, abort };
  try {
    for (const part of split(chosen.parts)) {
      if (!parts[part]) throw new Error(`no part ${part}; known: ${Object.keys(parts)}`);
      await parts[part](jobs, folder);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
