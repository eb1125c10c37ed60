// The cache of toolchains and third-party builds: runs that start at once, runs that are killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { contentKey } from '../../core/setup/cache.mjs';

const locked = fileURLToPath(new URL('../../core/setup/locked.py', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'xquant-cache-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A builder that counts its runs beside the folder, and runs `body` in the folder. */
function builder(name, body) {
  const path = join(scratch, `${name}.sh`);
  writeFileSync(path, `#!/bin/sh\nset -eu\necho run >> "$1.runs"\ncd "$1"\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const fill = (folder, script) => spawn('python3', [locked, folder, script], { stdio: 'ignore' });
const status = async (child) => (await once(child, 'close'))[0];
const runs = (folder) => readFileSync(`${folder}.runs`, 'utf8').trim().split('\n').length;

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('two runs that start at once build a folder once', async () => {
  const folder = join(scratch, 'both');
  const script = builder('both', 'sleep 0.3; echo content > file');
  const results = await Promise.all([fill(folder, script), fill(folder, script)].map(status));
  assert.deepEqual(results, [0, 0]);
  assert.equal(runs(folder), 1);
  assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'content\n');
});

test('a build that fails leaves a folder that counts as absent', async () => {
  const folder = join(scratch, 'fails');
  assert.equal(await status(fill(folder, builder('fails', 'echo half > file; exit 3'))), 3);
  assert.ok(!existsSync(join(folder, '.done')));
});

test('the run after a killed one starts from an empty folder', async () => {
  const folder = join(scratch, 'killed');
  const first = spawn('python3', [locked, folder, builder('slow', 'echo half > half; sleep 60')], {
    stdio: 'ignore',
    detached: true,
  });
  await until(() => existsSync(join(folder, 'half')));
  process.kill(-first.pid, 'SIGKILL');
  await once(first, 'close');
  assert.equal(await status(fill(folder, builder('quick', 'echo whole > whole'))), 0);
  assert.ok(existsSync(join(folder, 'whole')));
  assert.ok(!existsSync(join(folder, 'half')));
});

test('a builder that outlives its killed run still keeps others out', async () => {
  const folder = join(scratch, 'orphan');
  const script = builder('orphan', 'mkdir "$1.busy"; echo > started; sleep 1; rmdir "$1.busy"');
  const first = fill(folder, script);
  await until(() => existsSync(join(folder, 'started')));
  first.kill('SIGKILL');
  await once(first, 'close');
  assert.equal(await status(fill(folder, script)), 0);
  assert.equal(runs(folder), 2);
});

test('a second run in a clone waits for the first, also when the first is killed', async () => {
  const cache = new URL('../../core/setup/cache.mjs', import.meta.url).href;
  const script = `import { onlyRunHere } from '${cache}';
    await onlyRunHere(process.argv[1]); console.log('mine'); setTimeout(() => {}, 60_000);`;
  const start = () => spawn(process.execPath, ['--input-type=module', '-e', script, scratch]);
  const first = start();
  await once(first.stdout, 'data');
  const second = start();
  const [waiting] = await once(second.stdout, 'data');
  assert.match(String(waiting), /waiting for another run/);
  first.kill('SIGKILL');
  const [answer] = await once(second.stdout, 'data');
  assert.match(String(answer), /mine/);
  second.kill('SIGKILL');
});

test('the key of a folder follows names and contents', () => {
  const file = join(scratch, 'input');
  const keyOf = (text) => (writeFileSync(file, text), contentKey(`file:${file}`, '1.0'));
  const key = keyOf('a');
  assert.equal(keyOf('a'), key);
  assert.notEqual(keyOf('b'), key);
  assert.notEqual(contentKey('x', 'y'), contentKey('xy'));
});
