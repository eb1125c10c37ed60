import { expect, sample, test, type Dropped } from './fixtures.js';

/** A file that holds nothing of what its name says. */
const text = (name: string): Dropped => ({ name, content: Buffer.from('Dear sir or madam,\n') });

test.beforeEach(async ({ quantizer, isolated }) => {
  await quantizer.open(isolated);
});

for (const [name, fix] of [
  ['model.pt', 'Export the model to ONNX'],
  ['photo.gif', 'Save the images as JPEG, PNG, BMP or WebP'],
  ['arrays.npz', 'Save the arrays as .npy'],
  ['letter.pdf', 'can be dropped'],
] as const) {
  test(`${name} is said to be of no use, and the page goes on`, async ({ quantizer }) => {
    await quantizer.drop(text(name));
    await expect(quantizer.problems.first()).toContainText(`${name} cannot be used.`);
    await expect(quantizer.problems.first()).toContainText(fix);
    await quantizer.drop(sample.model(), ...sample.calibration());
    await expect(quantizer.problems).toHaveCount(0);
    await quantizer.quantize();
  });
}

test('of two models it is said which one is used', async ({ quantizer }) => {
  await quantizer.drop(
    { ...sample.model(), name: 'a.onnx' },
    { ...sample.model(), name: 'b.onnx' },
  );
  await expect(quantizer.problems).toContainText('Of 2 models, b.onnx is used.');
  await expect(quantizer.model).toContainText('b.onnx');
});

test('another model ends the run of the one before', async ({ quantizer }) => {
  await quantizer.drop(sample.model(), ...sample.long());
  await quantizer.run.click();
  await expect(quantizer.page.getByRole('progressbar')).toBeVisible();
  await quantizer.drop({ ...sample.model(), name: 'second.onnx' });
  await expect(quantizer.model).toContainText('second.onnx');
  await expect(quantizer.run).toBeEnabled();
  await expect(quantizer.page.getByRole('progressbar')).toHaveCount(0);
  await expect(quantizer.result).toHaveCount(0);
  await quantizer.page.getByRole('button', { name: 'Remove all' }).click();
  await quantizer.drop(...sample.calibration());
  await quantizer.quantize();
  expect((await quantizer.download('model')).name).toBe('second.q.onnx');
});

test('a removed model ends its run', async ({ quantizer }) => {
  await quantizer.drop(sample.model(), ...sample.long());
  await quantizer.run.click();
  await expect(quantizer.page.getByRole('progressbar')).toBeVisible();
  await quantizer.model.getByRole('button', { name: 'Remove' }).click();
  await expect(quantizer.status).toContainText('Add a model first.');
  await expect(quantizer.page.getByRole('progressbar')).toHaveCount(0);
});

test('a file that the browser may not read is named, and the others are used', async ({
  quantizer,
}) => {
  await quantizer.page.locator('xquant-quantizer').evaluate(
    (element, bytes) => {
      const file = (
        path: string,
        read: (found: (file: File) => void, failed: () => void) => void,
      ) => ({
        kind: 'file',
        getAsFile: () => null,
        webkitGetAsEntry: () => ({ isFile: true, fullPath: path, file: read }),
      });
      const model = new File([Uint8Array.from(bytes)], 'model.onnx');
      const items = [
        file('/away/gone.png', (_, failed) => failed()),
        file('/model.onnx', (found) => found(model)),
      ];
      return (element as unknown as { take(transfer: unknown): Promise<void> }).take({ items });
    },
    [...sample.model().content],
  );
  await expect(quantizer.problems).toContainText('away/gone.png: the browser may not read this.');
  await expect(quantizer.model).toContainText('model.onnx');
});

test('the tab that checks says which of several files is used', async ({ quantizer }) => {
  await quantizer.checkTab.click();
  const config = (name: string, text: string) => ({ name, content: Buffer.from(text) });
  await quantizer.dropToCheck(
    { ...sample.model(), name: 'a.onnx' },
    { ...sample.model(), name: 'b.onnx' },
    config('a.json', '{}'),
    config('b.json', ''),
  );
  const problems = quantizer.checking.locator('xq-problem-list li');
  await expect(problems.filter({ hasText: 'Of 2 float models, b.onnx is used.' })).toBeVisible();
  await expect(problems.filter({ hasText: 'Of 2 configs, b.json is used.' })).toBeVisible();
  await expect(problems.filter({ hasText: 'b.json is empty.' })).toBeVisible();
});

test('a list with the line ends of old Macs finds its images', async ({ quantizer }) => {
  const images = sample.calibration();
  const config = { calibration_parameters: { input_parameters: [{ data_list_path: 'old.txt' }] } };
  await quantizer.drop(
    sample.model(),
    ...images,
    { name: 'old.txt', content: Buffer.from(images.map(({ name }) => name).join('\r')) },
    { name: 'old.json', content: Buffer.from(JSON.stringify(config)) },
  );
  await quantizer.quantize();
  await expect(quantizer.result).toContainText('all could be read');
});
