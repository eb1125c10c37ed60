// Whole models, int8 over float, natively and as WebAssembly in Node, one thread. Quantizes the models of
// $XQUANT_DATA first. `npm run bench -- integer`; `node tests/bench/integer.mjs native` or `wasm` for one of them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTarget } from '../../core/setup/build.mjs';
import { root } from '../../core/setup/steps.mjs';

const data = process.env.XQUANT_DATA;
const MODELS = [
  'mobilenet_v1_025',
  'cifar_resnet20',
  'kws_dscnn',
  'tiny_darknet',
  'super_resolution',
  'fastestdet',
];
const CALIBRATION_STEPS = 2; // speed does not depend on the scales
const TIMEOUT = 300_000; // milliseconds, of each program

/** Quantizes a shared model; the paths of the float and the quantized one. */
function quantize(name, folder) {
  const config = JSON.parse(readFileSync(join(data, 'configs', `${name}.json`), 'utf8'));
  const model = join(data, config.model_parameters.onnx_model);
  config.model_parameters = { onnx_model: model };
  config.calibration_parameters.calibration_step = CALIBRATION_STEPS;
  for (const input of config.calibration_parameters.input_parameters) {
    input.data_list_path = join(data, input.data_list_path);
  }
  config.quantization_parameters = {
    ...config.quantization_parameters,
    analysis_enable: false,
    finetune_level: 0,
  };
  const path = join(folder, `${name}.json`);
  const target = join(folder, `${name}.q.onnx`);
  writeFileSync(path, JSON.stringify(config));
  const program = join(root, 'build/native/core/cli/xquant');
  execFileSync(program, ['-c', path, '-o', target, '--quiet'], { timeout: TIMEOUT });
  return [model, target];
}

if (!data) {
  console.log('skipped: XQUANT_DATA names no folder of models');
} else {
  const folder = mkdtempSync(join(tmpdir(), 'xquant-bench-'));
  try {
    const pairs = MODELS.filter((name) =>
      existsSync(join(data, 'configs', `${name}.json`)),
    ).flatMap((name) => quantize(name, folder));
    const presets = process.argv[2] ? [process.argv[2]] : ['native', 'wasm'];
    for (const preset of presets) {
      const program = join(root, 'build', preset, 'tests/bench/integer_model_speed');
      await buildTarget(preset, 'integer_model_speed');
      const [command, ...args] =
        preset === 'native' ? [program] : [process.execPath, `${program}.js`];
      console.log(preset);
      const done = spawnSync(command, [...args, '-s', '0.5', ...pairs], {
        stdio: 'inherit',
        timeout: TIMEOUT,
      });
      if (done.status !== 0) {
        console.log(`${preset}: ${done.error?.message ?? `ended with ${done.status}`}`);
        process.exitCode = 1;
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
