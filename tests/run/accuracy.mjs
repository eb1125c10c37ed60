// `npm run accuracy -- --data DIR [--models a,b] [--finetune 0,1] [--calibration default,kl] [--precision 0]
// [--targets spacemit,ort] [--orders 0,1,2] [--threads N]`: quantizes every model that has a configuration in DIR/configs with
// the native program, judges it with evaluate.py of DIR/../eval, and prints one table, with the best row of peers.md beneath
// each model. All lists are combined with each other. Order 0 is that of the calibration list, any other number the seed
// of a shuffled one: which samples learn and which judge follows from it, and how much figures move by that alone shows
// what a difference of two is worth. Of several orders the mean is printed.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { buildPreset, prepare } from '../../core/setup/build.mjs';
import { SetupError, main, root, say } from '../../core/setup/steps.mjs';
import { measured } from './measured.mjs';
import { bestPeers } from './peers.mjs';
import { pythonEnvironment } from './python-environment.mjs';

const options = {
  data: '../shared/data',
  eval: '',
  models: '',
  finetune: '1',
  calibration: 'default',
  precision: '0',
  targets: 'spacemit',
  orders: '0',
  threads: '1',
};

function parse(args) {
  for (let i = 0; i < args.length; i += 2) {
    const key = args[i].replace(/^--/, '');
    if (!(key in options) || args[i + 1] === undefined) {
      throw new SetupError(
        `options: ${Object.keys(options)
          .map((name) => `--${name} VALUE`)
          .join(' ')}`,
      );
    }
    options[key] = args[i + 1];
  }
  options.data = resolve(options.data);
  options.eval = resolve(options.eval || join(options.data, '../eval'));
  return options;
}

const list = (text) => text.split(',').filter(Boolean);

function* settings() {
  for (const target of list(options.targets)) {
    for (const precision of list(options.precision)) {
      for (const calibration of list(options.calibration)) {
        for (const finetune of list(options.finetune)) {
          yield { target, precision: Number(precision), calibration, finetune: Number(finetune) };
        }
      }
    }
  }
}

function json(python, script, args) {
  const result = spawnSync(python, [script, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0)
    throw new SetupError(`${script}: ${result.stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(result.stdout.trim().split('\n').at(-1));
}

/** The entries in the order of that seed, the same for every list of one length (Fisher and Yates). */
function shuffled(entries, seed) {
  const order = [...entries];
  let state = seed >>> 0;
  for (let i = order.length - 1; i > 0; --i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Writes the calibration lists of a configuration in another order. */
function reorder(config, seed, prefix) {
  for (const [i, input] of config.calibration_parameters.input_parameters.entries()) {
    const list = join(options.data, input.data_list_path);
    const entries = readFileSync(list, 'utf8').split('\n').filter(Boolean);
    const absolute = (entry) =>
      [dirname(list), options.data].map((folder) => join(folder, entry)).find(existsSync) ?? entry;
    input.data_list_path = `${prefix}.${i}.txt`;
    writeFileSync(input.data_list_path, shuffled(entries.map(absolute), seed).join('\n') + '\n');
  }
}

function quantize(python, model, setting, order, folder) {
  const config = JSON.parse(readFileSync(join(options.data, 'configs', `${model}.json`), 'utf8'));
  const name = `${model}.${Object.values(setting).join('.')}.${order}`;
  config.calibration_parameters.calibration_type = setting.calibration;
  config.quantization_parameters = {
    ...config.quantization_parameters,
    target: setting.target,
    precision_level: setting.precision,
    finetune_level: setting.finetune,
  };
  if (order > 0) reorder(config, order, join(folder, name));
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(config));
  const output = join(folder, `${name}.onnx`);
  const program = join(root, 'build/native/core/cli/xquant');
  const args = ['-c', path, '-o', output, '--threads', options.threads, '--json', '--quiet'];
  const run = measured(python, program, args, { cwd: options.data });
  if (run.status !== 0) return { failure: run.output.trim().split('\n').at(-1) };
  const float = join(options.data, config.model_parameters.onnx_model);
  return { ...run, output, float };
}

const columns = [
  'model',
  'setting',
  'metric',
  'agreement',
  'SQNR dB',
  'cosine',
  'int8 tensors',
  'int8 MACs',
  'CPU s',
  'RSS MB',
];
const row = (cells) => say(`| ${cells.join(' | ')} |`);
const percent = (share) => `${(100 * share).toFixed(0)} %`;

/** The first figure that the judge gives, in the units of peers.md, beside that of the float model. */
function metric(judged) {
  const name = ['top1', 'ap50_95', 'psnr_db', 'hmean'].find((key) => key in judged);
  if (name === undefined || 'neighbour' in judged)
    return `neighbour ${(100 * (judged.neighbour ?? 0)).toFixed(2)}`;
  const scale = name === 'psnr_db' ? 1 : 100;
  return `${name} ${(scale * judged[name]).toFixed(2)} (float ${(scale * judged[`float_${name}`]).toFixed(2)})`;
}

const figures = (judged) => [
  metric(judged),
  judged.agreement?.toFixed(3) ?? '',
  judged.sqnr_db.toFixed(2),
  judged.cosine.toFixed(5),
];

/** Means of what the judge gave for several orders. */
function means(model, title, seen) {
  const keys = Object.keys(seen[0]).filter((key) => typeof seen[0][key] === 'number');
  const of = (key) => seen.reduce((sum, judged) => sum + judged[key], 0) / seen.length;
  const mean = Object.fromEntries(keys.map((key) => [key, of(key)]));
  return [model, title, ...figures(mean), '', '', '', ''];
}

main(async () => {
  parse(process.argv.slice(2));
  const judge = join(options.eval, 'evaluate.py');
  if (!existsSync(judge)) throw new SetupError(`there is no ${judge}: --data or --eval`);
  const environment = pythonEnvironment();
  await prepare(['test'], ['native'], { extra: [environment] });
  await buildPreset('native');
  const python = join(environment.folder, 'bin/python');
  const folder = join(root, 'build/accuracy');
  mkdirSync(folder, { recursive: true });
  const configured = readdirSync(join(options.data, 'configs')).filter((name) =>
    name.endsWith('.json'),
  );
  const known = configured.map((name) => basename(name, '.json')).sort();
  const models = options.models ? list(options.models) : known;
  const unknown = models.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new SetupError(
      `no configuration for ${unknown.join(', ')}; there are: ${known.join(', ')}`,
    );
  const peers = bestPeers(join(options.eval, 'peers.md'));
  row(columns);
  row(columns.map(() => '---'));
  const orders = list(options.orders).map(Number);
  for (const model of models) {
    for (const setting of settings()) {
      const title = `${setting.target}, ${setting.calibration}, precision ${setting.precision}, finetune ${setting.finetune}`;
      const seen = [];
      for (const order of orders) {
        const label = order > 0 ? `${title}, order ${order}` : title;
        const made = quantize(python, model, setting, order, folder);
        if (made.failure) {
          row([model, label, `failed: ${made.failure}`, '', '', '', '', '', '', '']);
          continue;
        }
        const judged = json(python, judge, [
          model,
          made.output,
          '--float',
          made.float,
          '--data',
          options.data,
          '--json',
        ]);
        seen.push(judged);
        const share = json(python, join(root, 'tests/accuracy/int8_share.py'), [made.output]);
        row([
          model,
          label,
          ...figures(judged),
          percent(share.tensors),
          percent(share.macs),
          made.cpu.toFixed(1),
          made.rss.toFixed(0),
        ]);
      }
      if (orders.length > 1 && seen.length > 0) row(means(model, `${title}, mean`, seen));
    }
    for (const peer of peers.get(model) ?? []) row(peer);
  }
});
