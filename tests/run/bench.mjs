// `npm run bench [-- name...]`: measurements. Runs tests/bench/<name>.mjs, or the program <subject>_bench_<topic>
// of the native build, which tests/<subject>/bench_<topic>.cc makes; without a name, all of them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildPackage, buildPage, buildPreset, prepare } from '../../core/setup/build.mjs';
import { SetupError, main, root, run, say } from '../../core/setup/steps.mjs';
import { prepareBrowser } from './browser.mjs';
import { findFiles } from './files.mjs';

/** Every benchmark: its name and how it is started. */
function benchmarks() {
  const scripts = findFiles(['tests/bench'], /\.mjs$/)
    .filter((path) => path.split('/').length === 3)
    .map((path) => ({
      name: path.replace(/^.*\/|\.mjs$/g, ''),
      start: () => [process.execPath, join(root, path)],
    }));
  const programs = findFiles(['tests'], /^bench_\w+\.cc$/).map((path) => {
    const [, subject, topic] = path.match(/tests\/(.*)\/(bench_\w+)\.cc$/);
    const name = `${subject}_${topic}`;
    return { name, start: () => buildProgram(subject, name) };
  });
  return [...scripts, ...programs];
}

async function buildProgram(subject, name) {
  await run(`build-${name}`, 'ninja', ['-C', join(root, 'build/native'), name]);
  return [join(root, 'build/native/tests', subject, name)];
}

main(async () => {
  const wanted = process.argv.slice(2);
  const all = benchmarks();
  const chosen = wanted.length > 0 ? all.filter(({ name }) => wanted.includes(name)) : all;
  if (chosen.length < Math.max(wanted.length, 1)) {
    throw new SetupError(`the benchmarks are: ${all.map(({ name }) => name).join(', ')}`);
  }
  const presets = ['native', 'wasm', 'wasm-threads'];
  const fuzzes = chosen.some(({ name }) => name === 'fuzz');
  const sdk = await prepare(fuzzes ? ['test', 'fuzz'] : ['test'], presets);
  for (const preset of presets) await buildPreset(preset, sdk);
  await buildPackage();
  await buildPage();
  process.env.XQUANT_CHROMIUM = await prepareBrowser();
  let status = 0;
  for (const { name, start } of chosen) {
    say(`\n${name}`);
    const [program, ...args] = await start();
    status ||= spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
  }
  return status;
});
