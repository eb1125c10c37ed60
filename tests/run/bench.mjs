// `npm run bench [-- name...]`: measurements. Runs tests/bench/<name>.mjs, or the program <subject>_bench_<topic>
// of the native build, which tests/<subject>/bench_<topic>.cc makes; without a name, all of them. What follows the first
// --option, or the name of a single benchmark, goes to the benchmark:
//   npm run bench -- e2e --models kws_dscnn
//   npm run bench -- float fastestdet --threads=1
//   npm run bench -- runtime_bench_ulp sigmoid
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  buildPackage,
  buildPage,
  buildPreset,
  buildTarget,
  prepare,
} from '../../core/setup/build.mjs';
import { SetupError, main, root, say } from '../../core/setup/steps.mjs';
import { prepareBrowser } from './browser.mjs';
import { testEnvironment } from './environment.mjs';
import { findFiles } from './files.mjs';
import { pythonEnvironment } from './python-environment.mjs';

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
  await buildTarget('native', name);
  return [join(root, 'build/native/tests', subject, name)];
}

main(async () => {
  const args = process.argv.slice(2);
  const all = benchmarks();
  const firstOption = args.findIndex((argument) => argument.startsWith('--'));
  const isBenchmark = (word) => all.some(({ name }) => name === word);
  const isSingle = isBenchmark(args[0]) && !isBenchmark(args[1]);
  const names = isSingle ? 1 : firstOption < 0 ? args.length : firstOption;
  const wanted = args.slice(0, names);
  const passedOn = args.slice(names);
  const chosen = wanted.length > 0 ? all.filter(({ name }) => wanted.includes(name)) : all;
  if (chosen.length < Math.max(wanted.length, 1)) {
    throw new SetupError(`the benchmarks are: ${all.map(({ name }) => name).join(', ')}`);
  }
  const presets = ['native', 'wasm'];
  const fuzzes = chosen.some(({ name }) => name === 'fuzz');
  const python = pythonEnvironment();
  const sdk = await prepare(fuzzes ? ['test', 'sanitizers'] : ['test'], presets, {
    extra: [python],
  });
  for (const preset of presets) await buildPreset(preset, sdk);
  await buildPackage();
  await buildPage();
  testEnvironment(python);
  process.env.XQUANT_CHROMIUM = await prepareBrowser();
  let status = 0;
  for (const { name, start } of chosen) {
    say(`\n${name}`);
    const [program, ...first] = await start();
    status ||=
      spawnSync(program, [...first, ...passedOn], { cwd: root, stdio: 'inherit' }).status ?? 1;
  }
  return status;
});
