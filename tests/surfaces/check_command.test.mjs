// `xquant check` of the native program and of `npx xquant`: the same text, JSON and test vectors, and the exit status of its
// verdict.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import {
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

const native = nativeProgram();
const programs = native ? [npx, native] : [npx];
const withTarget = (target) =>
  sampleConfig(3, (config) => {
    config.quantization_parameters = { target, analysis_enable: false, finetune_level: 0 };
  });

/** Without the name of the kernels, which differ from machine to machine. */
const comparable = (text) => text.replace(/kernels"?: ?"?\w+"?/, 'kernels');

describe('xquant check', { skip: withoutSample }, () => {
  let model;
  before(async () => {
    const made = await xquant.quantizeOnnxModel(withTarget('ort'), undefined, undefined, {
      write: false,
    });
    model = made.model;
  });

  /** A folder with the model and configurations for two targets; runs both programs in it. */
  async function run(t, ...args) {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'model.q.onnx'), model);
    for (const target of ['ort', 'spacemit'])
      writeFileSync(join(folder, `${target}.json`), JSON.stringify(withTarget(target)));
    const unknown = withTarget('ort');
    unknown.quantization_parameters.threshhold = 1;
    writeFileSync(join(folder, 'unknown.json'), JSON.stringify(unknown));
    writeFileSync(join(folder, 'list.txt'), sampleImages(2).join('\n'));
    const told = [];
    for (const program of programs)
      told.push(await runCommand(program, ['check', ...args], { cwd: folder }));
    for (const { stdout, stderr, status } of told) {
      assert.equal(status, told[0].status, stderr);
      assert.equal(comparable(stdout), comparable(told[0].stdout));
    }
    return { ...told[0], folder };
  }

  test('passes with status 0, names every operator and says how it runs', async (t) => {
    const float = join(sampleFolder, 'model.onnx');
    const args = ['model.q.onnx', '-c', 'ort.json', '--float', float, '--quiet'];
    const { status, stdout } = await run(t, ...args);
    assert.equal(status, 0, stdout);
    assert.match(
      stdout,
      /^operator +type +runs as +steps +ties +saturated low high +spare bits +why$/m,
    );
    assert.match(stdout, /^\S+ +Conv +int8 +\d+ +\d+ +\S+ \S+ +\d+\.\d$/m);
    assert.match(stdout, /^inputs +3 samples/m);
    assert.match(stdout, /against the float model: SQNR \d+\.\d dB/);
    assert.match(stdout, /^verdict +passed$/m);

    const told = await run(t, ...args, '--json');
    assert.equal(told.status, 0);
    const { passed, operators } = JSON.parse(told.stdout);
    assert.equal(passed, true);
    for (const { node, execution, reason } of operators) {
      assert.ok(execution === 'int8' || reason !== '', `${node} runs as ${execution}`);
      assert.ok(stdout.includes(`\n${node} `) || stdout.startsWith(`${node} `), node);
    }
  });

  test('fails with status 3 where the target wants other scales', async (t) => {
    const { status, stdout } = await run(t, 'model.q.onnx', '-c', 'spacemit.json', '--quiet');
    assert.equal(status, 3);
    assert.match(stdout, /^failure .*power of two.*\[XQ-CHK-103\]$/m);
    assert.match(stdout, /^verdict +failed$/m);
  });

  test('--json holds the notes that are printed, with their places', async (t) => {
    const unknown = ['model.q.onnx', '-c', 'unknown.json'];
    const { stderr } = await run(t, ...unknown);
    assert.match(stderr, /threshhold.*XQ-CFG-/);
    const told = JSON.parse((await run(t, ...unknown, '--quiet', '--json')).stdout);
    const note = told.diagnostics.find(({ code }) => code === 'XQ-CFG-101');
    assert.equal(note.place.pointer, '/quantization_parameters/threshhold');
    assert.ok(stderr.includes(note.message), stderr);

    const float = join(sampleFolder, 'model.onnx');
    const random = await run(t, 'model.q.onnx', '--float', float, '--quiet', '--json');
    const [finding] = JSON.parse(random.stdout).findings.filter((f) => f.code === 'XQ-CHK-113');
    assert.equal(finding.place.file, float);
  });

  test('refuses with status 2 what is no quantized model', async (t) => {
    const float = await run(t, join(sampleFolder, 'model.onnx'));
    assert.equal(float.status, 2);
    assert.match(float.stderr, /not quantized.*XQ-CHK-001/);
    const missing = await run(t, 'nothing.onnx', '--json');
    assert.equal(missing.status, 2);
    assert.equal(JSON.parse(missing.stdout).ok, false);
    assert.equal((await run(t)).status, 1);
  });

  test('writes the same test vectors from both', async (t) => {
    const args = ['model.q.onnx', '-c', 'ort.json', '--quiet', '--vectors'];
    const folders = [];
    for (const program of programs) {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, 'model.q.onnx'), model);
      writeFileSync(join(folder, 'ort.json'), JSON.stringify(withTarget('ort')));
      const { status, stderr } = await runCommand(program, ['check', ...args, 'v'], {
        cwd: folder,
      });
      assert.equal(status, 0, stderr);
      folders.push(join(folder, 'v'));
    }
    for (const name of ['vectors.h', 'vectors.bin', 'replay.c', 'manifest.json'])
      assert.ok(existsSync(join(folders[0], name)), name);
    const files = readdirSync(folders[0], { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folders[0].length));
    assert.ok(files.some((name) => name.startsWith('/inputs/')));
    for (const folder of folders.slice(1)) {
      for (const name of files)
        assert.ok(readFileSync(folder + name).equals(readFileSync(folders[0] + name)), name);
    }
  });
});
