import { expect, sample, test } from './fixtures.js';

test.beforeEach(async ({ quantizer, isolated }) => {
  await quantizer.open(isolated);
  await quantizer.drop(sample.model(), ...sample.calibration());
  await expect(quantizer.run).toBeEnabled();
});

test('a key with a typo is named with pointer, line and column', async ({ quantizer }) => {
  await quantizer.showConfig();
  const text = await quantizer.editor.inputValue();
  await quantizer.editor.fill(text.replace('"calibration_type"', '"calibration_typ"'));
  const problem = quantizer.problems.filter({ hasText: 'calibration_typ' });
  await expect(problem).toContainText('/calibration_parameters/calibration_typ');
  await expect(problem).toContainText('line 6, column');
  await expect(problem).toContainText('calibration_type');
});

test('a value of the wrong type stops the run and shows where it is', async ({ quantizer }) => {
  await quantizer.showConfig();
  const text = await quantizer.editor.inputValue();
  await quantizer.editor.fill(
    text.replace('"calibration_step": 100', '"calibration_step": "many"'),
  );
  const problem = quantizer.problems.filter({ hasText: 'calibration_step' });
  await expect(problem).toContainText('at /calibration_parameters/calibration_step');
  await expect(problem).toContainText('line 7, column 25');
  await expect(quantizer.run).toBeDisabled();
  await problem.getByRole('button').click();
  const selected = await quantizer.editor.evaluate((area: HTMLTextAreaElement) =>
    area.value.slice(area.selectionStart, area.selectionEnd),
  );
  expect(selected).toBe('"');
});

test('broken JSON is shown at once, with its line', async ({ quantizer }) => {
  await quantizer.showConfig();
  const text = await quantizer.editor.inputValue();
  await quantizer.editor.fill(text.replace('"calibration_step": 100,', '"calibration_step": 100'));
  await expect(quantizer.problems.first()).toContainText('line 8, column');
  await quantizer.showForm();
  await expect(quantizer.page.locator('xq-preprocess-form')).toContainText('has an error');
});

test('the form edits the text and keeps its comments', async ({ quantizer }) => {
  await quantizer.showConfig();
  const text = await quantizer.editor.inputValue();
  await quantizer.editor.fill(text.replace('{', '{ // made by hand'));
  await quantizer.showForm();
  await quantizer.page.getByLabel('Colour order').selectOption('bgr');
  await quantizer.page.getByLabel('How ranges are chosen').selectOption('percentile');
  await quantizer.page.getByRole('button', { name: 'ImageNet' }).click();
  await quantizer.showConfig();
  const edited = await quantizer.editor.inputValue();
  expect(edited).toContain('{ // made by hand');
  expect(edited).toContain('"color_format": "bgr"');
  expect(edited).toContain('"calibration_type": "percentile"');
  // Blue first: the means follow the order.
  expect(edited).toContain('"mean_value": [103.53, 116.28, 123.675]');
});

test('a config file of the vendor fills the form', async ({ quantizer }) => {
  const config = `{
    // as in the vendor's examples
    "calibration_parameters": {
      "calibration_type": "minmax",
      "input_parametres": [
        {
          "input_shape": [1, 3, 64, 64],
          "color_format": "bgr",
          "mean_value": [104, 117, 123],
          "data_list_path": "img/calib_list.txt",
        },
      ],
    },
  }`;
  await quantizer.drop({ name: 'vendor.json', content: Buffer.from(config) });
  await expect(quantizer.page.getByLabel('Colour order')).toHaveValue('bgr');
  await expect(quantizer.page.getByLabel('Mean (0 … 255) 1')).toHaveValue('104');
  await quantizer.page.getByLabel('Standard deviation 2').fill('58');
  await quantizer.page.getByLabel('Standard deviation 2').press('Enter');
  await quantizer.quantize();
  await expect(quantizer.result).toContainText('img/calib_list.txt is not here');
  expect((await quantizer.download('config')).content.toString()).toContain(
    '"std_value": [1, 58, 1]',
  );
});

/** As an editor for Latin-1 saves it: "\xfc" is no UTF-8. */
const latin1 = {
  name: 'old.json',
  content: Buffer.from('{\n  "model_parameters": {"output_prefix": "pr\xfcfung"}\n}', 'latin1'),
};

test('a config file that is no UTF-8 is refused with its place, and the one before stays', async ({
  quantizer,
}) => {
  await quantizer.drop(latin1);
  await expect(quantizer.problems).toContainText('The configuration is no text in UTF-8.');
  await expect(quantizer.problems).toContainText('file old.json, line 2, column 44');
  await expect(quantizer.problems).toContainText('Save the file as UTF-8.');
  await quantizer.showConfig();
  expect(await quantizer.editor.inputValue()).not.toContain('output_prefix');
  await quantizer.checkTab.click();
  await quantizer.dropToCheck(latin1);
  await expect(quantizer.checking).toContainText('file old.json, line 2, column 44');
});

test('a config that is no object is refused and left as it is', async ({ quantizer }) => {
  await quantizer.showConfig();
  for (const [text, found] of [
    ['[1, 2]', 'an array'],
    ['3', 'an integer'],
    ['"config.json"', 'a string'],
  ] as const) {
    await quantizer.drop(sample.model(), { name: 'other.json', content: Buffer.from(text) });
    await expect(quantizer.problems).toContainText(`Expected an object, found ${found}.`);
    await expect(quantizer.problems).toContainText('line 1, column 1');
    expect(await quantizer.editor.inputValue()).toBe(text);
    await expect(quantizer.run).toBeDisabled();
  }
});

test('a byte order mark is no part of a config', async ({ quantizer }) => {
  const content = Buffer.from('\uFEFF{ "quantization_parameters": { "target": "ort" } }');
  await quantizer.drop({ name: 'bom.json', content });
  await expect(quantizer.page.getByLabel('Runs on')).toHaveValue('ort');
  await expect(quantizer.problems).toHaveCount(0);
  await quantizer.showConfig();
  expect(await quantizer.editor.inputValue()).toMatch(/^\{/);
});

test('the form offers every target, and the one chosen is written', async ({ quantizer }) => {
  const target = quantizer.page.getByLabel('Runs on');
  await expect(target).toHaveValue('spacemit');
  await target.selectOption({ label: 'ONNX Runtime on CPUs' });
  await quantizer.quantize();
  await expect(quantizer.result).toContainText('target ort');
  const config = JSON.parse((await quantizer.download('config')).content.toString()) as {
    quantization_parameters: object;
  };
  expect(config.quantization_parameters).toEqual({ target: 'ort' });
});

test('a precision level that does not exist yet is refused when it runs', async ({ quantizer }) => {
  await quantizer.showConfig();
  const config = JSON.parse(await quantizer.editor.inputValue()) as Record<string, object>;
  config['quantization_parameters'] = { precision_level: 4 };
  await quantizer.editor.fill(JSON.stringify(config));
  // Only a run can tell: the configuration as such is right.
  await expect(quantizer.run).toBeEnabled();
  await quantizer.run.click();
  await expect(quantizer.page.locator('xq-run-panel xq-problem-list')).toContainText(
    'precision_level',
  );
});
