import { expect, sample, test } from './fixtures.js';

test('the page is isolated and has threads when the server says so', async ({
  quantizer,
  isolated,
}) => {
  await quantizer.open(isolated);
  const cores = await quantizer.page.evaluate(() => navigator.hardwareConcurrency);
  const threads = quantizer.page.locator('xq-state-line');
  await expect(threads).toContainText(cores > 1 ? /\d+ threads/ : '1 thread');
  await expect(threads).toContainText('Nothing is uploaded');
});

test('the heading is painted before the quantizer is loaded', async ({ page, isolated }) => {
  await page.route('**/*.wasm', () => {});
  await page.goto(isolated);
  await expect(page.getByRole('heading', { name: 'xquant' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeEnabled();
  await expect(page.locator('xq-state-line')).toContainText('Loading the quantizer');
});

test('a quantizer that cannot be loaded is reported', async ({ page, isolated }) => {
  await page.route('**/*.wasm', (route) => route.abort());
  await page.goto(isolated);
  await expect(page.locator('xq-state-line')).toContainText('could not be loaded');
});

test('a whole run makes no request after loading', async ({ quantizer, isolated }) => {
  await quantizer.open(isolated);
  const loaded = quantizer.requests.length;
  expect(loaded).toBeGreaterThan(3);
  await quantizer.drop(sample.model(), ...sample.calibration());
  await quantizer.quantize();
  await quantizer.download('model');
  expect(quantizer.requests.slice(loaded)).toEqual([]);
});

test('a whole run works offline, also after a cancelled one', async ({
  quantizer,
  isolated,
  context,
}) => {
  await quantizer.open(isolated);
  await context.setOffline(true);
  await quantizer.cancelLongRun();
  await quantizer.quantize();
  await expect(quantizer.result).toContainText('SQNR');
});

test('once loaded the browser refuses every fetch', async ({ page, isolated }) => {
  await page.goto(isolated);
  await page.locator('html[data-ready]').waitFor({ state: 'attached' });
  const outcome = await page.evaluate(() =>
    fetch('index.html').then(
      () => 'answered',
      () => 'refused',
    ),
  );
  expect(outcome).toBe('refused');
});

test('without isolation it runs on one thread and says so', async ({ quantizer, plain }) => {
  await quantizer.open(plain);
  expect(await quantizer.page.evaluate(() => crossOriginIsolated)).toBe(false);
  await expect(quantizer.page.locator('xq-state-line')).toContainText('1 thread');
  await quantizer.drop(sample.model(), ...sample.calibration());
  await quantizer.quantize();
  await expect(quantizer.result).toContainText('SQNR');
});

test('the sample comes with the page', async ({ quantizer, isolated, context }) => {
  await quantizer.open(isolated);
  await context.setOffline(true);
  await quantizer.page.getByRole('button', { name: 'Try the sample' }).click();
  await expect(quantizer.model).toContainText('model.onnx');
  await expect(quantizer.data).toContainText('32 images');
  await quantizer.quantize();
  await expect(quantizer.tensors).toBeVisible();
});
