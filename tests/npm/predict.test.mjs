// predictOnnxModel in Node: the sample's own labels are the judge.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sampleConfig, sampleFolder, withoutSample, xquant } from './support.mjs';

const count = 60;

/** The sample's configuration over its first labelled pictures. */
function labelledConfig() {
  return sampleConfig(count, ({ calibration_parameters: { input_parameters } }) => {
    input_parameters[0].data_list_path = join(sampleFolder, 'labelled/list.txt');
  });
}

function readLabels() {
  const lines = readFileSync(join(sampleFolder, 'labelled/labels.txt'), 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => Number(line.split('\t')[1]));
}

const indexOfLargest = (scores) => scores.indexOf(Math.max(...scores));

describe('predictOnnxModel', { skip: withoutSample }, () => {
  test('reads the labelled pictures, float and quantized', async () => {
    const labels = readLabels();
    const options = { write: false };
    const quantized = await xquant.quantizeOnnxModel(
      sampleConfig(50),
      undefined,
      undefined,
      options,
    );
    for (const model of [undefined, quantized.model]) {
      const { predictions } = await xquant.predictOnnxModel(labelledConfig(), model);
      assert.deepEqual(
        predictions.map(({ sample }) => sample),
        [...labels.slice(0, count).keys()],
      );
      const right = predictions.filter(({ sample, scores }) => {
        return indexOfLargest(scores) === labels[sample];
      });
      assert.ok(right.length >= 0.8 * count, `${right.length} of ${count}`);
    }
  });

  test('every build and number of threads gives the same scores', async () => {
    const runs = [{ variant: 'single' }, { variant: 'threads', threads: 2 }];
    const [one, other] = await Promise.all(
      runs.map((options) => xquant.predictOnnxModel(labelledConfig(), undefined, options)),
    );
    assert.deepEqual(one, other);
  });
});
