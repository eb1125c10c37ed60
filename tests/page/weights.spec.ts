import { expect, test, type Dropped } from './fixtures.js';

/** Protobuf: a field that holds a number below 128, and one that holds bytes. */
const number = (field: number, value: number) => Buffer.from([field << 3, value]);
function bytes(field: number, ...content: (Buffer | string)[]): Buffer {
  const all = Buffer.concat(content.map((part) => Buffer.from(part)));
  const size = all.length < 128 ? [all.length] : [(all.length & 127) | 128, all.length >> 7];
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...size]), all]);
}

/** y = x * w for x of shape [1, 4], where w lies in a file of its own. */
function modelWithWeightsIn(location: string): Dropped {
  const entry = (key: string, value: string) => bytes(13, bytes(1, key), bytes(2, value));
  const external = Buffer.concat([entry('location', location), number(14, 1)]);
  const w = bytes(5, number(1, 4), number(1, 4), number(2, 1), bytes(8, 'w'), external);
  const node = bytes(1, bytes(1, 'x'), bytes(1, 'w'), bytes(2, 'y'), bytes(4, 'MatMul'));
  const shape = bytes(2, bytes(1, number(1, 1)), bytes(1, number(1, 4)));
  const value = (field: number, name: string) =>
    bytes(field, bytes(1, name), bytes(2, bytes(1, number(1, 1), shape)));
  const graph = bytes(7, node, bytes(2, 'g'), w, value(11, 'x'), value(12, 'y'));
  const opset = bytes(8, number(2, 13));
  return { name: 'model.onnx', content: Buffer.concat([number(1, 8), graph, opset]) };
}

for (const name of ['model.data', 'weights.bin']) {
  test(`weights in ${name} may come with the model or after it`, async ({
    quantizer,
    isolated,
  }) => {
    const weights = { name, content: Buffer.alloc(64, 1) };
    const missing = quantizer.page.getByText('XQ-ONX-018');
    await quantizer.open(isolated);
    await quantizer.drop(modelWithWeightsIn(name));
    await expect(missing).toBeVisible();
    await quantizer.drop(weights);
    await expect(missing).toHaveCount(0);
    await expect(quantizer.page.getByText('MatMul').first()).toBeVisible();
    await quantizer.open(isolated);
    await quantizer.drop(modelWithWeightsIn(name), weights);
    await expect(quantizer.page.getByText('MatMul').first()).toBeVisible();
    await expect(missing).toHaveCount(0);
  });
}
