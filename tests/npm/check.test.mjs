// checkQuantizedModel in Node, and `npx xquant check`.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sampleConfig, sampleFolder, withoutSample, xquant } from './support.mjs';

const floatModel = join(sampleFolder, 'model.onnx');

async function quantized() {
  const options = { write: false };
  return (await xquant.quantizeOnnxModel(sampleConfig(4), undefined, undefined, options)).model;
}

describe('checkQuantizedModel', { skip: withoutSample }, () => {
  test('says of every operator how it runs, and passes what this package makes', async () => {
    const result = await xquant.checkQuantizedModel(await quantized(), {
      config: sampleConfig(4),
      floatModel,
    });
    assert.equal(result.passed, true, result.text);
    assert.equal(result.samples, 4);
    assert.equal(result.kernels, 'wasm_simd128');
    const convolutions = result.operators.filter(({ type }) => type === 'Conv');
    assert.ok(convolutions.length > 0);
    for (const { execution, difference, accumulator } of convolutions) {
      // The last one hands a float to the output.
      assert.ok(['int8', 'int8ToFloat'].includes(execution), execution);
      assert.equal(difference.unexplained, 0);
      assert.ok(difference.largestSteps <= 1);
      assert.equal(accumulator.fitsInt32, true);
    }
    assert.ok(result.outputs[0].sqnrDb > 10);
  });

  test('makes up the same inputs for the same seed', async () => {
    const model = await quantized();
    const hash = async (seed) =>
      (await xquant.checkQuantizedModel(model, { seed })).outputs[0].sha256;
    assert.equal(await hash(1), await hash(1));
    assert.notEqual(await hash(1), await hash(2));
  });

  test('refuses a float model', async () => {
    await assert.rejects(xquant.checkQuantizedModel(floatModel), {
      kind: 'model',
      code: 'XQ-CHK-001',
    });
  });
});
