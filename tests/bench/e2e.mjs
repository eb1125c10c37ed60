// The whole job: user+system CPU seconds, wall time and peak memory of `xquant -c` for each configuration of
// $XQUANT_DATA, natively and in Node, beside ONNX Runtime's static quantizer and XSlim. One run of each, in turn.
// XSlim is measured where XSLIM_PYTHON names a Python that has it; else its CPU seconds are those of ../eval/peers.md,
// taken on another day, and marked so.
//
// npm run bench -- e2e [--models a,b] [--parts job,tuned,calibration,threads,images]
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measured } from '../run/measured.mjs';
import { peerRows } from '../run/peers.mjs';
import { configure } from './e2e/configure.mjs';

const root = resolve(import.meta.dirname, '../..');
const data = process.env.XQUANT_DATA;
const python = process.env.XQUANT_PYTHON;
const xslimPython = process.env.XSLIM_PYTHON;
const LIMIT = 1200; // seconds for one run

const { values: chosen } = parseArgs({
  options: {
    models: { type: 'string', default: '' },
    parts: { type: 'string', default: 'job,tuned,calibration,threads,images' },
  },
});

const programs = {
  native: [join(root, 'build/native/core/cli/xquant')],
  node: [process.execPath, join(root, 'npm/dist/cli.js')],
};

function ours(surface, model, settings, folder, threads = 1) {
  const [command, ...first] = programs[surface];
  const args = [
    ...first,
    '-c',
    configure(data, model, settings, folder),
    '--threads',
    String(threads),
  ];
  const output = ['-o', join(folder, `${model}.q.onnx`), '--quiet'];
  return checked(measured(python, command, [...args, ...output], { cwd: data }, LIMIT));
}

function checked(run) {
  if (run.status === 0) return run;
  const reason = run.output.trim().split('\n').at(-1);
  return { failure: reason || `status ${run.status}` };
}

function onnxruntime(model, folder) {
  const path = configure(data, model, {}, folder);
  const script = join(import.meta.dirname, 'e2e/onnxruntime_static.py');
  const args = [script, path, join(folder, `${model}.ort.onnx`)];
  return checked(measured(python, python, args, { cwd: data }, LIMIT));
}

const published = peerRows(join(data ?? '', '../eval/peers.md'));

function xslim(model, level, folder) {
  if (xslimPython) {
    const path = configure(data, model, { finetune_level: level }, folder);
    const run = measured(
      xslimPython,
      xslimPython,
      ['-m', 'xslim', '-c', path],
      { cwd: data },
      LIMIT,
    );
    return checked(run);
  }
  const row = published.find(
    (cells) => cells[0] === model && cells[1] === `xslim finetune ${level}`,
  );
  if (!row) return { failure: 'no figure' };
  const [, , outcome, , , seconds] = row;
  return outcome.startsWith('failed')
    ? { failure: `${outcome.replace(/^failed: */, '')}, after ${seconds} CPU s` }
    : { cpu: Number(seconds), published: true };
}

const number = (run, key, digits = 1) =>
  run.failure ? `failed: ${run.failure}` : run[key].toFixed(digits);
const cpu = (run) => `${number(run, 'cpu')}${run.published ? '*' : ''}`;
const ratio = (slow, fast, key = 'cpu') =>
  slow.failure || fast.failure ? NaN : slow[key] / fast[key];
const shown = (value) => (Number.isNaN(value) ? '' : value.toFixed(2));

/** Prints a table row by row as it is measured, and the geometric mean of the columns that are ratios. */
class Table {
  constructor(title, columns) {
    console.log(`\n${title}\n`);
    this.ratios = columns.map(() => []);
    this.print(['model', ...columns]);
    this.print(['---', ...columns.map(() => '---')]);
  }

  print(cells) {
    console.log(`| ${cells.join(' | ')} |`);
  }

  row(model, cells) {
    cells.forEach(
      (cell, i) => typeof cell === 'number' && !Number.isNaN(cell) && this.ratios[i].push(cell),
    );
    this.print([model, ...cells.map((cell) => (typeof cell === 'number' ? shown(cell) : cell))]);
  }

  end() {
    const mean = (values) =>
      Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
    this.print(['geometric mean', ...this.ratios.map((v) => (v.length > 0 ? shown(mean(v)) : ''))]);
    this.print(['least', ...this.ratios.map((v) => (v.length > 0 ? shown(Math.min(...v)) : ''))]);
  }
}

const parts = {
  job(models, folder) {
    const table = new Table('Whole job: default, finetune 1, analysis; one thread', [
      'XSlim finetune 1 CPU s',
      'native CPU s',
      'wall s',
      'MiB',
      'XSlim/native',
      'Node CPU s',
      'wall s',
      'MiB',
      'XSlim/Node',
    ]);
    for (const model of models) {
      const peer = xslim(model, 1, folder);
      const native = ours('native', model, { finetune_level: 1 }, folder);
      const node = ours('node', model, { finetune_level: 1 }, folder);
      table.row(model, [
        cpu(peer),
        cpu(native),
        number(native, 'wall'),
        number(native, 'rss', 0),
        ratio(peer, native),
        cpu(node),
        number(node, 'wall'),
        number(node, 'rss', 0),
        ratio(peer, node),
      ]);
    }
    table.end();
  },

  tuned(models, folder) {
    const columns = [
      'XSlim finetune 1 CPU s',
      'finetune 2',
      'finetune 3',
      'XSlim 1/ours 2',
      'XSlim 1/ours 3',
    ];
    const table = new Table('finetune_level 2 and 3, native', columns);
    for (const model of models) {
      const peer = xslim(model, 1, folder);
      const two = ours('native', model, { finetune_level: 2 }, folder);
      const three = ours('native', model, { finetune_level: 3 }, folder);
      table.row(model, [cpu(peer), cpu(two), cpu(three), ratio(peer, two), ratio(peer, three)]);
    }
    table.end();
  },

  calibration(models, folder) {
    const settings = { finetune_level: 0, calibration_type: 'minmax', analysis_enable: false };
    const table = new Table('Calibration only: minmax, finetune 0, no analysis', [
      'ONNX Runtime CPU s',
      'MiB',
      'native CPU s',
      'MiB',
      'ONNX Runtime/native',
      'Node CPU s',
      'MiB',
      'ONNX Runtime/Node',
    ]);
    for (const model of models) {
      const peer = onnxruntime(model, folder);
      const native = ours('native', model, settings, folder);
      const node = ours('node', model, settings, folder);
      table.row(model, [
        cpu(peer),
        number(peer, 'rss', 0),
        cpu(native),
        number(native, 'rss', 0),
        ratio(peer, native),
        cpu(node),
        number(node, 'rss', 0),
        ratio(peer, node),
      ]);
    }
    table.end();
  },

  threads(models, folder) {
    const table = new Table('Wall seconds of the whole job, one thread and two', [
      'native 1',
      'native 2',
      'gain',
      'Node 1',
      'Node 2',
      'gain',
    ]);
    for (const model of models) {
      const runs = ['native', 'node'].flatMap((surface) =>
        [1, 2].map((threads) => ours(surface, model, { finetune_level: 1 }, folder, threads)),
      );
      const [one, two, nodeOne, nodeTwo] = runs;
      table.row(model, [
        number(one, 'wall'),
        number(two, 'wall'),
        ratio(one, two, 'wall'),
        number(nodeOne, 'wall'),
        number(nodeTwo, 'wall'),
        ratio(nodeOne, nodeTwo, 'wall'),
      ]);
    }
    table.end();
  },

  images(models, folder) {
    const table = new Table('Cost and memory by images: finetune 0, native', [
      '25: CPU s',
      '50',
      '100',
      '100/50',
      'MiB at 25',
      'at 100',
      'at 100/at 25',
    ]);
    for (const model of models) {
      const [few, half, all] = [25, 50, 100].map((calibration_step) =>
        ours('native', model, { finetune_level: 0, calibration_step }, folder),
      );
      table.row(model, [
        cpu(few),
        cpu(half),
        cpu(all),
        ratio(all, half),
        number(few, 'rss', 0),
        number(all, 'rss', 0),
        ratio(all, few, 'rss'),
      ]);
    }
    table.end();
  },
};

const split = (text) => text.split(',').filter(Boolean);

if (!data || !python) {
  console.log('skipped: XQUANT_DATA names no folder of models, or XQUANT_PYTHON no Python');
} else {
  const known = readdirSync(join(data, 'configs'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'))
    .sort();
  const models = chosen.models ? split(chosen.models) : known;
  const unknown = [
    ...models.filter((name) => !known.includes(name)),
    ...split(chosen.parts).filter((name) => !(name in parts)),
  ];
  if (unknown.length > 0) {
    throw new Error(`unknown: ${unknown}; models: ${known}; parts: ${Object.keys(parts)}`);
  }
  if (!existsSync(programs.node[1]))
    throw new Error('npm/dist is not built: npm run bench -- e2e builds it');
  const folder = mkdtempSync(join(tmpdir(), 'xquant-e2e-'));
  try {
    for (const part of split(chosen.parts)) parts[part](models, folder);
    if (!xslimPython)
      console.log(
        '\n* CPU seconds of ../eval/peers.md, measured on another day; XSLIM_PYTHON measures XSlim here',
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
