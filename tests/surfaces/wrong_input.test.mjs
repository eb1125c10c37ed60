// What each surface with a command line says to wrong input: the exit status, the code, the text, and that
// no file is left. Native program and `npx xquant` must say the same, word for word.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import {
  filesBelow,
  nativeProgram,
  npx,
  runCommand,
  sampleConfig,
  sampleFolder,
  sampleImages,
  temporaryFolder,
  withoutSample,
  xquant,
} from '../npm/support.mjs';

const surfaces = { 'npx xquant': npx, native: nativeProgram() };
const input = (config) => config.calibration_parameters.input_parameters[0];

/** A quantized model, made once. */
let quantized;

const original = () => readFileSync(join(sampleFolder, 'model.onnx'));

/** An input of the sample as test vectors hold it: zeros. */
function array() {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 64, 64), }";
  const start = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header.padEnd(117)}\n`, 'latin1');
  return Buffer.concat([start, Buffer.alloc(4 * 3 * 64 * 64)]);
}

/**
 * Each case: what it writes into its folder besides the configuration (change: to the sample's configuration of
 * 3 images; text: instead of it), the arguments, and what is expected: status, code and text in stderr.
 */
const cases = {
  'no argument at all': { args: [], status: 1, code: 'XQ-CLI-001', text: /configuration/ },
  'an unknown flag close to a known one': {
    args: ['-c', 'cfg.json', '--thread', '2'],
    status: 1,
    code: 'XQ-CLI-001',
    text: /Did you mean --threads\?/,
  },
  'threads that are no number': {
    args: ['-c', 'cfg.json', '--threads', 'all'],
    status: 1,
    code: 'XQ-CLI-001',
    text: /'all'/,
  },
  'no such configuration': {
    args: ['-c', 'missing.json'],
    status: 1,
    code: 'XQ-CLI-012',
    text: /missing\.json/,
  },
  'test vectors in place of an array that the check reads': {
    files: () => ({ 'model.q.onnx': quantized, 'list.txt': 'mine.npy\n', 'mine.npy': array() }),
    prepare(folder) {
      mkdirSync(join(folder, 'v/inputs'), { recursive: true });
      linkSync(join(folder, 'mine.npy'), join(folder, 'v/inputs/000_image.npy'));
    },
    args: ['check', 'model.q.onnx', '--data', 'list.txt', '--vectors', 'v'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input 'mine\.npy'.*--vectors/,
  },
  'test vectors in place of the model': {
    prepare(folder) {
      mkdirSync(join(folder, 'v'));
      writeFileSync(join(folder, 'v/vectors.bin'), quantized);
    },
    args: ['check', 'v/vectors.bin', '--vectors', 'v'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input 'v\/vectors\.bin'/,
  },
  'a configuration that is a folder': {
    prepare: (folder) => mkdirSync(join(folder, 'folder')),
    args: ['-c', 'folder'],
    status: 2,
    code: 'XQ-IO-001',
    text: /Cannot read 'folder': it is a folder/,
  },
  'data for the check without the check': {
    args: ['-c', 'cfg.json', '--data', 'list.txt'],
    status: 1,
    code: 'XQ-CLI-001',
    text: /--data belongs to check/,
  },
  'a calibration state in place of a pipe': {
    prepare: (folder) => execFileSync('mkfifo', [join(folder, 'pipe')]),
    args: ['calibrate', '-c', 'cfg.json', '-o', 'pipe', '--quiet'],
    status: 2,
    code: 'XQ-IO-002',
    text: /Cannot write 'pipe': it is no regular file/,
  },
  'no such model on the command line': {
    args: ['-c', 'cfg.json', '-i', 'missing.onnx'],
    status: 1,
    code: 'XQ-CLI-010',
    text: /missing\.onnx/,
  },
  'no such model in the configuration': {
    change: (config) => (config.model_parameters.onnx_model = 'missing.onnx'),
    status: 1,
    code: 'XQ-CFG-051',
    text: /'missing\.onnx'.*cfg\.json:\d+:\d+ at|, at \/model_parameters\/onnx_model/,
  },
  'a file that is no model': {
    files: () => ({ 'bad.onnx': 'This is a text, not a model.\n' }),
    args: ['-c', 'cfg.json', '-i', 'bad.onnx'],
    status: 2,
    text: /bad\.onnx/,
  },
  'an empty model': {
    files: () => ({ 'bad.onnx': '' }),
    args: ['-c', 'cfg.json', '-i', 'bad.onnx'],
    status: 2,
    text: /bad\.onnx/,
  },
  'a truncated model': {
    files: () => ({ 'bad.onnx': original().subarray(0, original().length / 2) }),
    args: ['-c', 'cfg.json', '-i', 'bad.onnx'],
    status: 2,
    text: /bad\.onnx/,
  },
  'a quantized model': {
    files: () => ({ 'done.onnx': quantized }),
    args: ['-c', 'cfg.json', '-i', 'done.onnx'],
    status: 2,
    code: 'XQ-MOD-002',
    text: /quantized models cannot be quantized again/,
  },
  'no such list': {
    change: (config) => (input(config).data_list_path = 'missing.txt'),
    status: 2,
    code: 'XQ-DAT-004',
    text: /missing\.txt/,
  },
  'a list that is a folder': {
    prepare: (folder) => mkdirSync(join(folder, 'images')),
    change: (config) => (input(config).data_list_path = 'images'),
    status: 2,
    code: 'XQ-DAT-004',
    text: /Cannot read 'images': it is a folder\..*data_list_path names a text file/,
  },
  'a list that is an image': {
    files: () => ({ 'a.png': readFileSync(sampleImages(1)[0]) }),
    change: (config) => (input(config).data_list_path = 'a.png'),
    status: 2,
    code: 'XQ-DAT-004',
    text: /no text file.*a\.png/,
  },
  'a list without an entry': {
    files: () => ({ 'list.txt': '\n\n' }),
    change: (config) => (input(config).data_list_path = 'list.txt'),
    status: 2,
    code: 'XQ-DAT-005',
    text: /finds 0 items/,
  },
  'a list whose images cannot be read': {
    files: () => ({ 'list.txt': 'broken.png\ngone.png\n', 'broken.png': 'no picture' }),
    change: (config) => (input(config).data_list_path = 'list.txt'),
    status: 2,
    code: 'XQ-DAT-001',
    text: /Calibration input data finds 0 items\. None of the 2 samples could be read\. The first: .*broken\.png/,
  },
  'more inputs than the model has': {
    change: (config) => {
      const { input_parameters: inputs } = config.calibration_parameters;
      inputs.push({ ...inputs[0], input_name: 'second' });
    },
    status: 1,
    code: 'XQ-CFG-',
    text: /input/,
  },
  'an unknown dtype': {
    change: (config) => (input(config).dtype = 'float33'),
    status: 1,
    code: 'XQ-CFG-',
    text: /float33.*input_parameters\/0\/dtype/s,
  },
  'raw data of another dtype than its bytes': {
    files: () => ({ 'list.txt': 'a.bin\n', 'a.bin': Buffer.alloc(3 * 64 * 64) }),
    change: (config) =>
      Object.assign(input(config), {
        file_type: 'raw',
        dtype: 'float32',
        data_list_path: 'list.txt',
      }),
    status: 2,
    code: 'XQ-DAT-',
    text: /finds 0 items|bytes/,
  },
  'a list of paths in quotation marks': {
    files: () => ({ 'list.txt': '"a.png"\n', 'a.png': readFileSync(sampleImages(1)[0]) }),
    change: (config) => (input(config).data_list_path = 'list.txt'),
    status: 2,
    code: 'XQ-DAT-001',
    text: /Write it without quotation marks/,
  },
  'a name of the output with a zero character, behind which it would end': {
    change: (config) => (config.model_parameters.output_prefix = 'a\0b'),
    status: 1,
    code: 'XQ-CFG-003',
    text: /zero character.*output_prefix/,
  },
  'an output folder that cannot be made': {
    files: () => ({ occupied: 'a file where the folder would be' }),
    args: ['-c', 'cfg.json', '-o', 'occupied/q.onnx'],
    status: 2,
    code: 'XQ-IO-002',
    text: /occupied\/q\.onnx/,
  },
  'an output equal to the input': {
    files: () => ({ 'model.onnx': original() }),
    args: ['-c', 'cfg.json', '-i', 'model.onnx', '-o', './model.onnx'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input model/,
  },
  'an output that is the input by another spelling': {
    files: () => ({ 'model.onnx': original() }),
    prepare: (folder) => symlinkSync(folder, join(folder, 'link')),
    args: ['-c', 'cfg.json', '-i', 'model.onnx', '-o', 'link/model.onnx'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input model/,
  },
  'a calibration state in place of the model': {
    files: () => ({ 'model.onnx': original() }),
    change: (config) => (config.model_parameters.onnx_model = 'model.onnx'),
    args: ['calibrate', '-c', 'cfg.json', '-o', './model.onnx', '--quiet'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input model/,
  },
  'an output that is the list of the data': {
    files: () => ({ 'list.onnx': `${sampleImages(1)[0]}\n` }),
    change: (config) => (input(config).data_list_path = 'list.onnx'),
    args: ['-c', 'cfg.json', '-o', './list.onnx'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input 'list\.onnx'/,
  },
  'an output that is an image': {
    files: () => ({ 'list.txt': 'a.onnx\n', 'a.onnx': readFileSync(sampleImages(1)[0]) }),
    change: (config) => (input(config).data_list_path = 'list.txt'),
    args: ['-c', 'cfg.json', '-o', 'a.onnx'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input 'a\.onnx'/,
  },
  'an output that is an image by a second name': {
    files: () => ({ 'list.txt': 'a.png\n', 'a.png': readFileSync(sampleImages(1)[0]) }),
    prepare: (folder) => linkSync(join(folder, 'a.png'), join(folder, 'a.onnx')),
    change: (config) => (input(config).data_list_path = 'list.txt'),
    args: ['-c', 'cfg.json', '-o', 'a.onnx'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input 'a\.png'/,
  },
  'an output that is the configuration': {
    args: ['calibrate', '-c', 'cfg.json', '-o', './cfg.json', '--quiet'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the configuration/,
  },
  'a merged state in place of one of its parts': {
    files: () => ({ 'a.xqcal': 'a', 'b.xqcal': 'b' }),
    args: ['merge', 'a.xqcal', 'b.xqcal', '-o', './a.xqcal'],
    status: 1,
    code: 'XQ-CLI-011',
    text: /overwrite the input 'a\.xqcal'/,
  },
  'an output whose name no disk takes': {
    args: ['-c', 'cfg.json', '-o', `${'x'.repeat(300)}.onnx`],
    status: 2,
    code: 'XQ-IO-002',
    text: /Cannot write 'x{300}\.onnx'/,
  },
  'a name that would steer a terminal': {
    change: (config) => (input(config).data_list_path = 'a\u001b[31mb\u0007c.txt'),
    status: 2,
    code: 'XQ-DAT-004',
    text: /a\\x1b\[31mb\\x07c\.txt/,
  },
  'a number that no computer holds': {
    text: '{\n  "calibration_parameters": { "calibration_step": 1e400 }\n}\n',
    status: 1,
    code: 'XQ-CFG-001',
    message: /cfg\.json:2:51/,
  },
  'a typo in a key, strictly': {
    change: (config) => (config.calibration_parameters.calibration_stepp = 3),
    args: ['-c', 'cfg.json', '--strict'],
    status: 1,
    code: 'XQ-CFG-006',
    text: /calibration_stepp.*calibration_step/s,
  },
  'a value of a wrong type': {
    text: '{\n  "calibration_parameters": {\n    "calibration_step": "ten"\n  }\n}\n',
    status: 1,
    code: 'XQ-CFG-',
    message: /cfg\.json:3:\d+, at \/calibration_parameters\/calibration_step/,
  },
  'a file that is no JSON': {
    text: '{ "model_parameters": { ',
    status: 1,
    code: 'XQ-CFG-001',
    message: /cfg\.json:1:\d+/,
  },
  'a precision level that is not there yet': {
    change: (config) => (config.quantization_parameters = { precision_level: 4 }),
    status: 1,
    code: 'XQ-CFG-',
    text: /precision_level/,
  },
};

/** Writes what a case needs; the arguments to start with. */
function prepare(folder, wrong) {
  const { files = () => ({}), prepare: more, change, text, message, args } = wrong;
  for (const [name, content] of Object.entries(files())) writeFileSync(join(folder, name), content);
  const config = message ? text : JSON.stringify(sampleConfig(3, change), null, 2);
  writeFileSync(join(folder, 'cfg.json'), config);
  more?.(folder);
  return args ?? ['-c', 'cfg.json', '-o', 'out.onnx'];
}

describe('wrong input', { skip: withoutSample, concurrency: false }, () => {
  before(async () => {
    const options = { write: false };
    quantized = (await xquant.quantizeOnnxModel(sampleConfig(1), undefined, undefined, options))
      .model;
  });

  for (const [name, wrong] of Object.entries(cases)) {
    test(name, async (t) => {
      const said = {};
      for (const [surface, program] of Object.entries(surfaces)) {
        if (!program) continue;
        const folder = temporaryFolder(t);
        const args = prepare(folder, wrong);
        const existing = filesBelow(folder).sort();
        const result = await runCommand(program, args, { cwd: folder });
        said[surface] = result.stderr;
        assert.equal(result.status, wrong.status, `${surface}: ${result.stderr}`);
        assert.match(result.stderr, /^error: /m);
        if (wrong.code) assert.ok(result.stderr.includes(`[${wrong.code}`), result.stderr);
        assert.match(result.stderr, wrong.message ?? wrong.text);
        assert.deepEqual(filesBelow(folder).sort(), existing, 'no file is left');
      }
      const texts = Object.values(said);
      if (texts.length > 1) assert.equal(texts[0], texts[1]);
    });
  }

  test('a full disk behind standard output is an error', async (t) => {
    for (const program of Object.values(surfaces)) {
      if (!program) continue;
      const folder = temporaryFolder(t);
      const args = ['-c', '"$@" > /dev/full', 'sh', ...program, 'schema'];
      const { status, stderr } = await runCommand(['sh'], args, { cwd: folder });
      assert.equal(status, 2, stderr);
      assert.match(stderr, /Cannot write to standard output\. \[XQ-IO-004\]/);
    }
  });

  test('under --json the error is one object on stdout', async (t) => {
    const objects = [];
    for (const program of Object.values(surfaces)) {
      if (!program) continue;
      const folder = temporaryFolder(t);
      const { stdout, status } = await runCommand(program, ['-c', 'none.json', '--json'], {
        cwd: folder,
      });
      assert.equal(status, 1);
      const object = JSON.parse(stdout);
      assert.equal(object.ok, false);
      assert.equal(object.error.code, 'XQ-CLI-012');
      assert.deepEqual(object.error.place, { file: 'none.json' });
      objects.push(stdout);
    }
    assert.equal(new Set(objects).size, 1);
  });
});

describe('input that is odd but right', { skip: withoutSample, concurrency: false }, () => {
  for (const [surface, program] of Object.entries(surfaces)) {
    const skip = program ? false : 'the native program is not built';

    test(
      `${surface}: comments, trailing commas and a typo in a key: a warning`,
      { skip },
      async (t) => {
        const folder = temporaryFolder(t);
        const json = JSON.stringify(sampleConfig(2));
        const text = `// mine\n${json.slice(0, -1)}, /* what? */ "calibration_parameter": {},\n}\n`;
        writeFileSync(join(folder, 'cfg.json'), text);
        const args = ['-c', 'cfg.json', '-o', 'out.onnx'];
        const { status, stderr } = await runCommand(program, args, { cwd: folder });
        assert.equal(status, 0, stderr);
        assert.match(stderr, /XQ-CFG-101.*calibration_parameters/s);
        assert.deepEqual(filesBelow(folder).sort(), [
          'cfg.json',
          'out.onnx',
          'out_report.html',
          'out_report.json',
          'out_report.md',
        ]);
      },
    );

    test(`${surface}: unreadable images are named, the rest is used`, { skip }, async (t) => {
      const folder = temporaryFolder(t);
      mkdirSync(join(folder, 'calib'));
      const [first, second] = sampleImages(2);
      copyFileSync(first, join(folder, 'calib/a.png'));
      copyFileSync(second, join(folder, 'calib/b.png'));
      writeFileSync(join(folder, 'calib/broken.png'), 'no picture');
      writeFileSync(join(folder, 'calib/list.txt'), 'a.png\n\n  \nbroken.png\nb.png\ngone.png\n');
      const config = sampleConfig(
        10,
        (changed) => (input(changed).data_list_path = 'calib/list.txt'),
      );
      writeFileSync(join(folder, 'cfg.json'), JSON.stringify(config));
      const args = ['-c', 'cfg.json', '-o', 'out.onnx', '--json'];
      const { status, stdout, stderr } = await runCommand(program, args, { cwd: folder });
      assert.equal(status, 0, stderr);
      const { summary } = JSON.parse(stdout);
      assert.equal(summary.samples, 2);
      assert.equal(summary.skippedSamples, 2);
      assert.match(stderr, /broken\.png/);
      assert.match(stderr, /gone\.png/);
    });
  }
});
