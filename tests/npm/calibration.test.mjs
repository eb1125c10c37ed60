// Calibration states through the package and its command line.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  nativeProgram,
  npx,
  runCommand,
  sampleConfig,
  sha256,
  temporaryFolder,
  withoutSample,
  xquant,
} from './support.mjs';

const skip = withoutSample;
const config = (change) => sampleConfig(6, change);

test('shards merge to the bytes of one pass', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const paths = ['a', 'b'].map((name) => join(folder, `${name}.xqcal`));
  const whole = await xquant.calibrateOnnxModel(config());
  for (const number of [1, 2]) {
    const options = { shard: { number, of: 2 } };
    const part = await xquant.calibrateOnnxModel(config(), undefined, paths[number - 1], options);
    assert.equal(part.samples, 3);
    assert.ok(part.written);
  }
  const merged = await xquant.mergeCalibrations(paths);
  assert.equal(merged.samples, 6);
  assert.equal(sha256(merged.bytes), sha256(whole.bytes));
});

test('a state gives the model that a run gives', { skip }, async (t) => {
  const state = join(temporaryFolder(t), 's.xqcal');
  await xquant.calibrateOnnxModel(config(), undefined, state);
  const kl = config((c) => {
    c.calibration_parameters.calibration_type = 'kl';
  });
  const run = await xquant.quantizeOnnxModel(kl, undefined, undefined, { write: false });
  const options = { write: false, calibration: state };
  const reused = await xquant.quantizeOnnxModel(kl, undefined, undefined, options);
  assert.equal(sha256(reused.model), sha256(run.model));
});

test('the command lines write the same state', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'cfg.json');
  writeFileSync(file, JSON.stringify(config()));
  const states = [];
  for (const [name, program] of Object.entries({ npx, native: nativeProgram() })) {
    if (!program) continue;
    const state = join(folder, `${name}.xqcal`);
    const { status } = await runCommand(program, ['calibrate', '-c', file, '-o', state]);
    assert.equal(status, 0);
    states.push(sha256(readFileSync(state)));
  }
  assert.equal(new Set(states).size, 1);
});
