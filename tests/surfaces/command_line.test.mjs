// The command line of the native program and of `npx xquant`: one grammar, one output, and no partial file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  filesBelow,
  nativeProgram,
  npx,
  packageFolder,
  runCommand,
  sampleConfig,
  sampleFolder,
  temporaryFolder,
  withoutSample,
} from '../npm/support.mjs';

const native = nativeProgram();
const withoutNative = native ? false : 'the native program is not built';

test('--version is the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { status, stdout } = await runCommand(npx, ['--version']);
  assert.equal(status, 0);
  assert.equal(stdout, `xquant ${version}\n`);
});

for (const args of [['--help'], ['--version'], ['schema']]) {
  test(`${args}: the same text from both`, { skip: withoutNative }, async () => {
    const [one, other] = await Promise.all(
      [npx, native].map((program) => runCommand(program, args)),
    );
    assert.equal(one.status, 0);
    assert.equal(one.stdout, other.stdout);
  });
}

describe('a run', { skip: withoutSample, concurrency: false }, () => {
  test('says the same from both, as text and as JSON', { skip: withoutNative }, async (t) => {
    for (const flags of [[], ['--json']]) {
      const outputs = [];
      for (const program of [npx, native]) {
        const folder = temporaryFolder(t);
        writeFileSync(join(folder, 'cfg.json'), JSON.stringify(sampleConfig(4)));
        const args = ['-c', 'cfg.json', '-o', 'out', ...flags];
        const { status, stdout, stderr } = await runCommand(program, args, { cwd: folder });
        assert.equal(status, 0, stderr);
        outputs.push({ stdout, stderr });
        assert.deepEqual(filesBelow(join(folder, 'out')).sort(), [
          'model.q.onnx',
          'model.q_report.html',
          'model.q_report.json',
          'model.q_report.md',
        ]);
      }
      assert.deepEqual(outputs[0], outputs[1]);
    }
  });

  test('--quiet says nothing', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'cfg.json'), JSON.stringify(sampleConfig(2)));
    const args = ['-c', 'cfg.json', '-o', 'q.onnx', '--quiet'];
    const { status, stdout, stderr } = await runCommand(npx, args, { cwd: folder });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  });

  for (const [surface, program] of Object.entries({ 'npx xquant': npx, native })) {
    const skip = program ? false : withoutNative;
    test(`${surface}: interrupted, it ends with 130 and leaves no file`, { skip }, async (t) => {
      const { folder, args } = longRun(t);
      const { status } = await interruptWhenBusy(program, args, folder, 'SIGINT');
      assert.equal(status, 130);
      assert.deepEqual(filesBelow(folder), ['cfg.json', 'list.txt']);
    });

    test(`${surface}: killed, it leaves no file`, { skip }, async (t) => {
      const { folder, args } = longRun(t);
      const { killedBy } = await interruptWhenBusy(program, args, folder, 'SIGKILL');
      assert.equal(killedBy, 'SIGKILL');
      assert.deepEqual(filesBelow(folder), ['cfg.json', 'list.txt']);
    });
  }
});

/** The sample over so many images that it does not end by itself while a test watches. */
function longRun(t) {
  const folder = temporaryFolder(t);
  const image = join(sampleFolder, 'calib/000.png');
  writeFileSync(join(folder, 'list.txt'), `${image}\n`.repeat(20_000));
  const config = sampleConfig(20_000, ({ calibration_parameters: { input_parameters } }) => {
    input_parameters[0].data_list_path = 'list.txt';
  });
  writeFileSync(join(folder, 'cfg.json'), JSON.stringify(config));
  return { folder, args: ['-c', 'cfg.json', '-o', 'out.onnx', '--threads', '1'] };
}

function interruptWhenBusy(program, args, cwd, signal) {
  return runCommand(program, args, { cwd, signal, interruptAfter: 1500 });
}
