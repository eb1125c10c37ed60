// `npm run bench [-- name]`: runs tests/bench/<name>.mjs or .py, or the program <name>_bench of the native
// build; without a name, lists and runs them all.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildPackage, buildPage, buildPreset, prepare } from '../../core/setup/build.mjs';
import { SetupError, main, root, say } from '../../core/setup/steps.mjs';
import { findFiles } from './files.mjs';

const nameOf = (path) => path.replace(/^.*\//, '').replace(/(_bench)?(\.\w+)?$/, '');

main(async () => {
  const wanted = process.argv.slice(2);
  const sdk = await prepare(['test'], ['native', 'wasm', 'wasm-threads']);
  for (const preset of ['native', 'wasm', 'wasm-threads']) await buildPreset(preset, sdk);
  await buildPackage();
  await buildPage();
  const all = [
    ...findFiles(['tests/bench'], /\.(mjs|py)$/),
    ...findFiles(['build/native/tests'], /_bench$/),
  ];
  const chosen = all.filter((path) => wanted.length === 0 || wanted.includes(nameOf(path)));
  if (chosen.length === 0) {
    throw new SetupError(`no benchmark ${wanted.join(', ')}; known: ${all.map(nameOf).join(', ')}`);
  }
  let status = 0;
  for (const path of chosen) {
    say(`\n${nameOf(path)} (${path})`);
    const [program, ...args] = commandOf(join(root, path));
    status ||= spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
  }
  return status;
});

function commandOf(path) {
  if (path.endsWith('.mjs')) return [process.execPath, path];
  if (path.endsWith('.py')) return ['python3', path];
  return [path];
}
