// Integer execution gives the same bytes natively and in Node: hashes of every output of quantized models.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  nativeProgram,
  sampleConfig,
  temporaryFolder,
  withoutSample,
  xquant,
} from '../npm/support.mjs';

const [program] = nativeProgram() ?? [];
const without = withoutSample || (program ? false : 'there is no native program');
const data = process.env.XQUANT_DATA;
const MODELS = ['kws_dscnn', 'cifar_resnet20', 'mobilenet_v1_025'];

/** A shared model's configuration over two samples, with absolute paths. */
function sharedConfig(name) {
  const config = JSON.parse(readFileSync(join(data, 'configs', `${name}.json`), 'utf8'));
  config.model_parameters = { onnx_model: join(data, config.model_parameters.onnx_model) };
  config.calibration_parameters.calibration_step = 2;
  for (const input of config.calibration_parameters.input_parameters) {
    input.data_list_path = join(data, input.data_list_path);
  }
  config.quantization_parameters = { analysis_enable: false, finetune_level: 0 };
  return config;
}

function configs() {
  const shared = data
    ? MODELS.filter((name) => existsSync(join(data, 'configs', `${name}.json`)))
    : [];
  return [
    ['shapes', () => sampleConfig(2)],
    ...shared.map((name) => [name, () => sharedConfig(name)]),
  ];
}

const hashesOf = ({ outputs }) => outputs.map(({ name, hash }) => `${name} ${hash}`);

describe('integer execution', { skip: without }, () => {
  for (const [name, config] of configs()) {
    test(`of ${name} has the same hashes natively and in Node`, async (t) => {
      const folder = temporaryFolder(t);
      const paths = { config: join(folder, 'config.json'), model: join(folder, 'model.q.onnx') };
      writeFileSync(paths.config, JSON.stringify(config()));
      execFileSync(program, ['-c', paths.config, '-o', paths.model, '--quiet']);
      const native = execFileSync(program, [
        'check',
        paths.model,
        '-c',
        paths.config,
        '--json',
        '--quiet',
      ]);
      const result = await xquant.checkQuantizedModel(paths.model, { config: paths.config });
      assert.deepEqual(hashesOf(result), hashesOf(JSON.parse(native)));
    });
  }
});
