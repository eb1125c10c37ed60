import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkQuantizedModel, quantizeOnnxModel, type CheckResult } from 'xquant';
import { expect, sample, test, type Dropped, type QuantizerPage } from './fixtures.js';

const data = process.env['XQUANT_DATA'] ?? '';

/** The sample, quantized in Node on the images that the page is given. */
async function quantizedSample(): Promise<Dropped> {
  const text = readFileSync(join(sample.folder, 'config.json'), 'utf8');
  const config = JSON.parse(text) as {
    model_parameters: Record<string, unknown>;
    calibration_parameters: Record<string, unknown> & {
      input_parameters: Record<string, unknown>[];
    };
  };
  config.model_parameters = { onnx_model: join(sample.folder, 'model.onnx') };
  config.calibration_parameters.calibration_step = 8;
  for (const input of config.calibration_parameters.input_parameters) {
    input['data_list_path'] = join(sample.folder, 'calib/list.txt');
  }
  const options = { write: false };
  const { model } = await quantizeOnnxModel(config, undefined, undefined, options);
  return { name: 'shapes.q.onnx', content: Buffer.from(model) };
}

/** Opens the tab, drops, runs to the end; the check as the page gives it away. */
async function check(quantizer: QuantizerPage, ...files: Dropped[]): Promise<CheckResult> {
  await quantizer.checkTab.click();
  await quantizer.dropToCheck(...files);
  await quantizer.checking.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(quantizer.checking.locator('#check-status')).toContainText('Done:', {
    timeout: 60_000,
  });
  const { name, content } = await quantizer.download('check-json');
  expect(name).toMatch(/_check\.json$/);
  return JSON.parse(content.toString()) as CheckResult;
}

test('an int8 model passes with the same hashes as in Node', async ({ quantizer, isolated }) => {
  const model = await quantizedSample();
  await quantizer.open(isolated);
  const told = await check(quantizer, model, sample.model());
  const view = quantizer.checking;
  await expect(view.getByRole('heading', { name: 'Passed' })).toBeVisible();
  await expect(view).toContainText(/Against the float model\s*SQNR [\d.]+ dB/);
  const table = view.getByRole('table');
  await expect(table.getByRole('columnheader')).toContainText(['Operator', 'Type', 'Runs as']);
  expect(await table.getByRole('row').count()).toBe(told.operators.length + 1);
  await expect(table.getByRole('row', { name: /Conv int8/ }).first()).toBeVisible();

  const node = await checkQuantizedModel(new Uint8Array(model.content));
  const hashes = ({ outputs }: CheckResult) => outputs.map(({ sha256 }) => sha256);
  expect(hashes(told)).toEqual(hashes(node));
});

test('images are what the check runs on', async ({ quantizer, plain }) => {
  const model = await quantizedSample();
  await quantizer.open(plain);
  const images = sample.calibration().slice(0, 3);
  const told = await check(quantizer, model, ...images);
  expect(told.samples).toBe(3);
  await expect(quantizer.checking).toContainText('3 files');
});

test('a float model alone cannot be checked', async ({ quantizer, plain }) => {
  await quantizer.open(plain);
  await quantizer.checkTab.click();
  await quantizer.dropToCheck(sample.model());
  await expect(quantizer.checking.locator('#check-status')).toContainText('This is a float model');
  await expect(
    quantizer.checking.getByRole('button', { name: 'Check', exact: true }),
  ).toBeDisabled();
});

test('arrow keys move between the tabs', async ({ quantizer, plain }) => {
  await quantizer.open(plain);
  await quantizer.page.getByRole('tab', { name: 'Quantize' }).focus();
  await quantizer.page.keyboard.press('ArrowRight');
  await expect(quantizer.checkTab).toBeFocused();
  await expect(quantizer.checkTab).toHaveAttribute('aria-selected', 'true');
  await expect(quantizer.page.getByRole('tabpanel')).toContainText('Check an int8 model');
  await quantizer.page.keyboard.press('ArrowRight');
  await expect(quantizer.page.locator('xq-drop-zone')).toBeVisible();
});

test('a real model passes: every operator says how it runs', async ({ quantizer, isolated }) => {
  const path = join(data, 'configs/mobilenet_v1_025.json');
  test.skip(data === '' || !existsSync(path), 'XQUANT_DATA has no mobilenet_v1_025');
  test.setTimeout(120_000);
  const config = JSON.parse(readFileSync(path, 'utf8'));
  config.model_parameters = { onnx_model: join(data, config.model_parameters.onnx_model) };
  config.calibration_parameters.calibration_step = 2;
  for (const input of config.calibration_parameters.input_parameters) {
    input.data_list_path = join(data, input.data_list_path);
  }
  config.quantization_parameters = { analysis_enable: false, finetune_level: 0 };
  const { model } = await quantizeOnnxModel(config, undefined, undefined, { write: false });
  await quantizer.open(isolated);
  const told = await check(quantizer, {
    name: 'mobilenet.q.onnx',
    content: Buffer.from(model),
  });
  expect(told.passed).toBe(true);
  const float = told.operators.filter(({ execution }) => execution === 'float');
  expect(float.every(({ reason }) => reason !== '')).toBe(true);
  expect(float.length).toBeLessThan(told.operators.length / 10);
});
