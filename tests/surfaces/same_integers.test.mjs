// Integer execution gives the same bytes everywhere: outputs of quantized models on one image natively, in Node and
// Chromium with and without threads, and as a riscv64 program under qemu, there with every 8-bit tensor between.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  nativeProgram,
  packageFolder,
  root,
  sampleConfig,
  temporaryFolder,
  withoutSample,
  xquant,
} from '../npm/support.mjs';
import { filesOf, openChromium } from './chromium.mjs';

const [program] = nativeProgram() ?? [];
const without = withoutSample || (program ? false : 'there is no native program');
const data = process.env.XQUANT_DATA;
const MODELS = [
  'kws_dscnn',
  'cifar_resnet20',
  'mobilenet_v1_025',
  'tiny_darknet',
  'fastestdet',
  'super_resolution',
];
const VECTOR_LENGTH = 256; // bits; tests/int8 runs the kernels at four lengths

const nativeRun = program && resolve(dirname(program), '../run/xquant-run');
const riscvRun = join(
  process.env.XQUANT_BUILD_RV64 || join(root, 'build/rv64'),
  'core/run/xquant-run',
);
const qemu = ['qemu-riscv64', 'qemu-riscv64-static']
  .flatMap((name) => process.env.PATH.split(delimiter).map((folder) => join(folder, name)))
  .find(existsSync);
const withoutRiscv =
  existsSync(riscvRun) && qemu ? false : 'there is no build/rv64, or no qemu-riscv64';

/** A shared model's configuration over one sample, with absolute paths. */
function sharedConfig(name) {
  const config = JSON.parse(readFileSync(join(data, 'configs', `${name}.json`), 'utf8'));
  config.model_parameters = { onnx_model: join(data, config.model_parameters.onnx_model) };
  config.calibration_parameters.calibration_step = 1;
  for (const input of config.calibration_parameters.input_parameters) {
    input.data_list_path = join(data, input.data_list_path);
  }
  return config;
}

function jobs() {
  const plain = { analysis_enable: false, finetune_level: 0 };
  const shared = MODELS.map((name) => ({
    name,
    skip: data && existsSync(join(data, 'configs', `${name}.json`)) ? false : 'no XQUANT_DATA',
    config: () => ({ ...sharedConfig(name), quantization_parameters: plain }),
  }));
  return [{ name: 'shapes', skip: false, config: () => sampleConfig(1) }, ...shared];
}

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' });
const hashesOf = ({ outputs }) => outputs.map(({ name, sha256 }) => `${name} ${sha256}`);
/** The lines of xquant-run without the one that names the kernels. */
const linesOf = (text) => text.split('\n').filter((line) => !line.startsWith('kernels'));
const outputsOf = (lines) =>
  lines
    .map((line) => line.match(/^output +(.*?) {2}\S+ \S+ {2}sha256 (\w+)$/))
    .filter(Boolean)
    .map(([, name, hash]) => `${name} ${hash}`);

/** Quantizes and checks natively; the sample's inputs come as .npy from its test vectors. */
function prepare(t, config) {
  const folder = temporaryFolder(t);
  const paths = { config: join(folder, 'config.json'), model: join(folder, 'model.q.onnx') };
  writeFileSync(paths.config, JSON.stringify(config));
  run(program, '-c', paths.config, '-o', paths.model, '--quiet');
  const vectors = join(folder, 'vectors');
  const options = ['-c', paths.config, '--json', '--quiet', '--vectors', vectors];
  const expected = hashesOf(JSON.parse(run(program, 'check', paths.model, ...options)));
  const inputs = readdirSync(join(vectors, 'inputs')).sort();
  return { ...paths, expected, inputs: inputs.map((name) => join(vectors, 'inputs', name)) };
}

describe('integer execution', { skip: without }, () => {
  const chromium = {};
  before(async () => {
    for (const isolation of ['plain', 'isolated']) {
      chromium[isolation] = await openChromium(join(packageFolder, 'dist'), isolation);
    }
  });
  after(() => Promise.all(Object.values(chromium).map((browser) => browser?.close())));

  for (const { name, skip, config } of jobs()) {
    test(`of ${name} has the same hashes`, { skip }, async (t) => {
      const { model, expected, inputs, config: path } = prepare(t, config());
      assert.ok(expected.length > 0);
      const native = linesOf(run(nativeRun, model, ...inputs, '--tensors'));
      assert.deepEqual(outputsOf(native), expected);
      for (const variant of ['single', 'threads']) {
        await t.test(`in Node, ${variant}`, async () => {
          const result = await xquant.checkQuantizedModel(model, { config: path, variant });
          assert.deepEqual(hashesOf(result), expected);
        });
      }
      for (const isolation of ['plain', 'isolated']) {
        const without = chromium[isolation] ? false : 'there is no Chromium';
        await t.test(`in Chromium, ${isolation}`, { skip: without }, async () => {
          const checked = config();
          assert.deepEqual(
            hashesOf(await chromium[isolation].check(model, checked, filesOf(checked))),
            expected,
          );
        });
      }
      await t.test('on riscv64, and of all tensors', { skip: withoutRiscv }, () => {
        const cpu = `rv64,v=true,vlen=${VECTOR_LENGTH},vext_spec=v1.0`;
        const told = run(qemu, '-cpu', cpu, riscvRun, model, ...inputs, '--tensors');
        assert.match(told, /^kernels +rvv$/m);
        assert.deepEqual(linesOf(told), native);
      });
    });
  }
});
