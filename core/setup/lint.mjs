// `npm run lint`: formatting, TypeScript's and clang-tidy's checks, which module includes which.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage, buildPreset, buildVariants, prepare, variantsForNode } from './build.mjs';
import { SetupError, main, root, run, say, step } from './steps.mjs';
import { cppFiles, projectFiles } from './sources.mjs';

// One direction of knowledge: a module includes only those before it.
const modules =
  'base int8 graph onnx config data runtime simplify convert plan integer run quantize emit report pipeline cli';

function upwardIncludes() {
  const rank = new Map(modules.split(' ').map((name, index) => [name, index]));
  const found = [];
  for (const file of projectFiles(/^core\/[^/]+\/.*\.(h|c|cc|inc)$/)) {
    const own = file.split('/')[1];
    for (const [, other] of readFileSync(join(root, file), 'utf8').matchAll(
      /^#include "(\w+)\//gm,
    )) {
      if (rank.has(other) && rank.get(other) > rank.get(own))
        found.push(`${file} includes ${other}`);
    }
  }
  if (found.length > 0) throw new SetupError(found.join('\n'));
}

const checks = {
  'includes go one way': upwardIncludes,
  'clang-format': () =>
    run('lint-format', 'clang-format-19', ['--dry-run', '--Werror', ...cppFiles()]),
  prettier: () => run('lint-prettier', 'npx', ['prettier', '--check', '.']),
  'tsc --strict': async () => {
    for (const name of ['npm', 'web']) {
      const project = join(root, name, 'tsconfig.json');
      if (existsSync(project))
        await run(`lint-tsc-${name}`, 'npx', ['tsc', '--noEmit', '-p', project]);
    }
  },
  'clang-tidy': () => {
    const sources = cppFiles().filter((path) => /^core\/.*\.cc$/.test(path));
    const args = [
      '-0',
      '-n',
      '8',
      '-P',
      '2',
      'clang-tidy-19',
      '--quiet',
      '-p',
      'build/native-lint',
    ];
    const script = 'printf "%s\\0" "$@" | xargs ';
    return run('lint-tidy', 'bash', ['-c', `${script}${args.join(' ')}`, 'lint', ...sources]);
  },
};

const slow = { 'clang-tidy': 'clang-tidy: every source of core, a quarter of an hour and more' };

main(async () => {
  const wasmVariants = variantsForNode();
  const sdk = await prepare(['test', 'lint', 'format'], ['native-lint', 'wasm'], { wasmVariants });
  await buildPreset('native-lint', sdk); // every source by itself; generated headers and compile_commands.json
  // The package's types come from its build, those of the bindings from the WebAssembly module.
  await buildVariants(wasmVariants, sdk);
  await buildPackage();
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await step(name, check, slow[name]);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`${error.message}\n[  failed] ${name}`);
      failed += 1;
    }
  }
  return failed > 0 ? 1 : 0;
});
