import { expect, sample, test } from './fixtures.js';

test.beforeEach(async ({ quantizer, isolated }) => {
  await quantizer.open(isolated);
});

test('a model is recognised at once', async ({ quantizer }) => {
  await quantizer.drop(sample.model());
  await expect(quantizer.model).toContainText('model.onnx');
  await expect(quantizer.model).toContainText(/Opset\s*\d+/);
  await expect(quantizer.model).toContainText(/float \S+ × 3 × 64 × 64/);
  await expect(quantizer.model).toContainText(/\d+ of \d+ operators can become int8/);
  await expect(
    quantizer.model.getByRole('listitem').filter({ hasText: /^\s*Conv\s+\d+/ }),
  ).toHaveCount(1);
  await expect(quantizer.run).toBeDisabled();
  await expect(quantizer.status).toContainText('Add calibration data');
});

test('images are counted and shown, and the unreadable ones named', async ({ quantizer }) => {
  const [good] = sample.calibration();
  if (!good) throw new Error('The sample has no images.');
  await quantizer.drop(
    ...sample.calibration(),
    { name: 'empty.png', content: Buffer.alloc(0) },
    { name: 'letter.jpg', content: Buffer.from('Dear sir') },
    { name: 'half.png', content: good.content.subarray(0, 60) },
  );
  await expect(quantizer.data).toContainText(`${sample.images + 3} images`);
  await expect(quantizer.data).toContainText('3 files cannot be read');
  await expect(quantizer.data).toContainText('empty.png: the file is empty');
  await expect(quantizer.data).toContainText('letter.jpg: not a JPEG, PNG, BMP or WebP image');
  await expect(quantizer.data).toContainText('half.png: damaged');
  await expect(quantizer.data.locator('canvas')).toHaveCount(8);
});

test('a file that is no model is an error with its fix', async ({ quantizer }) => {
  await quantizer.drop({ name: 'letter.onnx', content: Buffer.from('Dear sir or madam,\n') });
  const problem = quantizer.model.locator('xq-problem-list li');
  await expect(problem).toContainText('Error');
  await expect(problem).toContainText(/XQ-[A-Z]+-\d+/);
  await expect(problem.locator('.fix')).not.toBeEmpty();
  await expect(quantizer.run).toBeDisabled();
});

test('a truncated model is an error, and the next model works', async ({ quantizer }) => {
  const { name, content } = sample.model();
  await quantizer.drop({ name, content: content.subarray(0, content.length / 2) });
  await expect(quantizer.model.locator('xq-problem-list li')).toContainText(/XQ-[A-Z]+-\d+/);
  await quantizer.drop(sample.model());
  await expect(quantizer.model).toContainText('can become int8');
});

test('a quantized model is recognised as such', async ({ quantizer }) => {
  await quantizer.drop(sample.model(), ...sample.calibration());
  await quantizer.quantize();
  const quantized = await quantizer.download('model');
  await quantizer.drop(quantized);
  await expect(quantizer.model).toContainText('already quantized');
  await expect(quantizer.run).toBeDisabled();
  await expect(quantizer.status).toContainText('already quantized');
});

test('everything can be reached with the keyboard', async ({ quantizer }) => {
  const { page } = quantizer;
  await quantizer.drop(sample.model(), ...sample.calibration());
  await expect(quantizer.run).toBeEnabled();
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    seen.add(
      await page.evaluate(() => {
        let element = document.activeElement;
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        return `${element?.localName}: ${element?.textContent?.trim()}`;
      }),
    );
  }
  for (const name of ['Choose files', 'Choose a folder', 'Remove', 'Form', 'Quantize']) {
    expect([...seen].join('\n')).toContain(`button: ${name}`);
  }
});
