// `npm test [-- suite...]`: prepares the machine, builds, runs every suite, adds up. The last line is
// "N passed, N failed, N skipped". Real models and images are looked for where XQUANT_DATA says, or
// in ../shared/data; tests that need them say so when they are skipped.
import { buildPackage, buildPage, buildPreset, prepare } from '../../core/setup/build.mjs';
import { cacheRoot } from '../../core/setup/cache.mjs';
import { SetupError, main, say, seconds } from '../../core/setup/steps.mjs';
import { prepareBrowser } from './browser.mjs';
import { ctest } from './ctest.mjs';
import { testEnvironment } from './environment.mjs';
import { nodeTests } from './node-tests.mjs';
import { pageTests } from './page-tests.mjs';
import { pythonChecks } from './python-checks.mjs';
import { pythonEnvironment } from './python-environment.mjs';
import { Tally, skippedSuite } from './tally.mjs';

/** Suites in the order in which they start, and what must have been built for each. One that waits much runs beside the next. */
const suites = {
  native: { needs: ['native'], run: () => ctest('native') },
  wasm: { needs: ['wasm'], run: () => ctest('wasm') },
  'rv64-vlen128': { needs: ['rv64'], run: () => ctest('rv64-vlen128', 'rv64') },
  'rv64-vlen256': { needs: ['rv64'], run: () => ctest('rv64-vlen256', 'rv64') },
  'rv64-vlen512': { needs: ['rv64'], run: () => ctest('rv64-vlen512', 'rv64') },
  'rv64-vlen1024': { needs: ['rv64'], run: () => ctest('rv64-vlen1024', 'rv64') },
  node: { needs: ['native', 'wasm', 'rv64', 'npm'], run: nodeTests },
  page: { needs: ['native', 'wasm', 'npm', 'web'], run: pageTests, waitsMuch: true },
  python: { needs: ['native', 'wasm', 'rv64', 'npm'], run: pythonChecks },
  'native-asan': { needs: ['native-asan'], run: () => ctest('native-asan'), onlyWhenNamed: true },
};

const builders = { npm: buildPackage, web: buildPage };

/** Builds each thing once; returns the names of those that could not be built. */
async function build(names, sdk, tally) {
  const broken = new Set();
  for (const name of names) {
    try {
      await (builders[name] ?? ((preset) => buildPreset(preset, sdk)))(name);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`${error.message}\nbuilding ${name} failed; again: npm run build -- ${name}`);
      broken.add(name);
      tally.add(`build of ${name}`, { passed: 0, failed: 1, skipped: 0, notes: [] });
    }
  }
  return broken;
}

main(async () => {
  const start = performance.now();
  const all = Object.keys(suites).filter((name) => !suites[name].onlyWhenNamed);
  const chosen = process.argv.length > 2 ? process.argv.slice(2) : all;
  const unknown = chosen.filter((name) => !suites[name]);
  if (unknown.length > 0) {
    throw new SetupError(
      `no suite ${unknown.join(', ')}; known: ${Object.keys(suites).join(', ')}`,
    );
  }
  say(`xquant tests: toolchains and third-party builds are kept in ${cacheRoot}`);
  const needs = new Set(chosen.flatMap((name) => suites[name].needs));
  const order = ['native', 'native-asan', 'wasm', 'rv64', 'npm', 'web'].filter((name) =>
    needs.has(name),
  );
  const python = pythonEnvironment();
  const sdk = await prepare(
    ['test'],
    order.filter((name) => !builders[name]),
    { extra: [python] },
  );
  if (chosen.includes('page')) process.env.XQUANT_CHROMIUM = await prepareBrowser();
  testEnvironment(python);

  const tally = new Tally();
  const broken = await build(order, sdk, tally);
  const runSuite = async (name) => {
    const missing = suites[name].needs.filter((need) => broken.has(need));
    const begin = performance.now();
    const result =
      missing.length > 0
        ? skippedSuite(`${missing.join(' and ')} could not be built`)
        : await suites[name].run();
    tally.add(name, result, seconds(begin));
  };
  const beside = [];
  for (const name of chosen) {
    const running = runSuite(name);
    if (suites[name].waitsMuch) beside.push(running);
    else await running;
  }
  await Promise.all(beside);
  say(`[${seconds(start)} s] in all`);
  return tally.finish();
});
