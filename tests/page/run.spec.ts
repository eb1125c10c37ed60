import { quantizeOnnxModel } from 'xquant';
import { expect, sample, sha256, test, type Dropped } from './fixtures.js';

test('a run ends with a report, its numbers, and the same bytes as in Node', async ({
  quantizer,
  isolated,
}) => {
  await quantizer.open(isolated);
  await quantizer.drop(sample.model(), ...sample.calibration());
  await quantizer.quantize();
  await expect(quantizer.result).toContainText('times smaller');
  await expect(quantizer.result).toContainText(/SQNR\s*[\d.]+ dB/);
  const table = quantizer.tensors;
  await expect(table.getByRole('columnheader')).toContainText([
    'Op',
    'Var',
    'SNR',
    'MSE',
    'Cosine',
  ]);
  expect(await table.getByRole('row').count()).toBeGreaterThan(10);

  const model = await quantizer.download('model');
  const report = await quantizer.download('report');
  const config = await quantizer.download('config');
  const list = await quantizer.download('list-0');
  expect(model.name).toBe('model.q.onnx');
  expect(report.name).toBe('model.q_report.md');
  const node = await inNode(config, list);
  expect(sha256(model.content)).toBe(sha256(node.model));
  expect(sha256(report.content)).toBe(sha256(node.report));
});

test('WebP images are shown and calibrate, with the same bytes as in Node', async ({
  quantizer,
  isolated,
}) => {
  const images = sample.webp();
  await quantizer.open(isolated);
  await quantizer.drop(sample.model(), ...images);
  await expect(quantizer.data).toContainText(`${images.length} images`);
  await expect(quantizer.data.locator('canvas')).toHaveCount(images.length);
  await quantizer.quantize();
  const model = await quantizer.download('model');
  const [config, list] = [await quantizer.download('config'), await quantizer.download('list-0')];
  expect(sha256(model.content)).toBe(sha256((await inNode(config, list, images)).model));
});

/** The same run in Node, from what the page gives away: config and list. */
function inNode(config: Dropped, list: Dropped, images = sample.calibration()) {
  const files = [list, ...images].map(({ name, content }) => [name, content] as const);
  const model = new Uint8Array(sample.model().content);
  return quantizeOnnxModel(config.content.toString(), model, undefined, {
    files: Object.fromEntries(files),
    modelName: 'model.onnx',
    write: false,
  });
}

test('without isolation the bytes are the same', async ({ quantizer, plain }) => {
  await quantizer.open(plain);
  await quantizer.drop(sample.model(), ...sample.calibration());
  await quantizer.quantize();
  const model = await quantizer.download('model');
  const node = await inNode(await quantizer.download('config'), await quantizer.download('list-0'));
  expect(sha256(model.content)).toBe(sha256(node.model));
});

test('a cancelled run leaves nothing, and the page goes on', async ({ quantizer, isolated }) => {
  await quantizer.open(isolated);
  await quantizer.cancelLongRun();
  await quantizer.quantize();
  await expect(quantizer.tensors).toBeVisible();
});

test('unreadable images are left out by name and the rest is used', async ({
  quantizer,
  isolated,
}) => {
  await quantizer.open(isolated);
  const empty = { name: 'empty.png', content: Buffer.alloc(0) };
  await quantizer.drop(sample.model(), empty, ...sample.calibration());
  await quantizer.quantize();
  await expect(quantizer.result.locator('xq-problem-list')).toContainText('empty.png');
  await expect(quantizer.result).toContainText('1 left out');
});

test('the report is sorted and filtered', async ({ quantizer, isolated }) => {
  await quantizer.open(isolated);
  await quantizer.drop(sample.model(), ...sample.calibration());
  await quantizer.quantize();
  const table = quantizer.tensors;
  const cosine = table.getByRole('columnheader', { name: 'Cosine' });
  await cosine.getByRole('button').click();
  await expect(cosine).toHaveAttribute('aria-sort', 'descending');
  await cosine.getByRole('button').click();
  await expect(cosine).toHaveAttribute('aria-sort', 'ascending');
  const column = await cosine.evaluate((cell: HTMLTableCellElement) => cell.cellIndex);
  const cells = await table.locator(`tbody tr td:nth-child(${column + 1})`).allInnerTexts();
  const values = cells.map((text) => Number.parseFloat(text));
  expect(values).toEqual(values.toSorted((a, b) => a - b));

  const all = await table.locator('tbody tr').count();
  const tensors = quantizer.page.locator('xq-report-table').last();
  await tensors.getByLabel('Filter by name').fill('[Constant]');
  const constants = await table.locator('tbody tr').count();
  expect(constants).toBeGreaterThan(0);
  expect(constants).toBeLessThan(all);
});
