// Large classifiers through the whole job (default, finetune 1, analysis, one thread), natively and in Node: CPU seconds, and peak
// memory beside the size of the model. Architectures are those of ONNX's backend tests, weights and inputs come from a seed
// (large/random_weights.py), so that no download is needed; accuracy means nothing here.
//
// npm run bench -- large [--models resnet50,densenet121,vgg19,...] [--samples 16] [--surfaces native,node]
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measured } from '../run/measured.mjs';

const root = resolve(import.meta.dirname, '../..');
const python = process.env.XQUANT_PYTHON;
const MiB = 1 << 20;

const { values: chosen } = parseArgs({
  options: {
    models: { type: 'string', default: 'squeezenet,shufflenet,resnet50,densenet121,vgg19' },
    samples: { type: 'string', default: '16' },
    surfaces: { type: 'string', default: 'native,node' },
  },
});

const programs = {
  native: [join(root, 'build/native/core/cli/xquant')],
  node: [process.execPath, join(root, 'npm/dist/cli.js')],
};

function row(model, folder) {
  const script = join(import.meta.dirname, 'large/random_weights.py');
  const made = measured(python, python, [script, model, folder, chosen.samples]);
  if (made.status !== 0) return [`failed: ${made.output.trim().split('\n').at(-1)}`];
  const size = statSync(join(folder, `${model}.onnx`)).size / MiB;
  const cells = [size.toFixed(0)];
  for (const surface of chosen.surfaces.split(',')) {
    const [command, ...first] = programs[surface];
    const output = join(folder, `${model}.q.onnx`);
    const args = [...first, '-c', join(folder, `${model}.json`), '-o', output, '--threads', '1'];
    const run = measured(python, command, [...args, '--quiet']);
    if (run.status !== 0) cells.push(`failed: ${run.output.trim().split('\n').at(-1)}`, '', '');
    else cells.push(run.cpu.toFixed(1), run.rss.toFixed(0), (run.rss / size).toFixed(1));
  }
  return cells;
}

if (!python) {
  console.log('skipped: XQUANT_PYTHON names no Python');
} else {
  if (chosen.surfaces.includes('node') && !existsSync(programs.node[1]))
    throw new Error('npm/dist is not built');
  const folder = mkdtempSync(join(tmpdir(), 'xquant-large-'));
  try {
    const columns = chosen.surfaces
      .split(',')
      .flatMap((s) => [`${s} CPU s`, 'MiB', 'of the model']);
    console.log(`\n${chosen.samples} samples\n\n| model | MiB | ${columns.join(' | ')} |`);
    console.log(`| --- | --- |${columns.map(() => ' --- |').join('')}`);
    for (const model of chosen.models.split(',')) {
      console.log(`| ${[model, ...row(model, folder)].join(' | ')} |`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
