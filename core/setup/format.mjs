// `npm run format`: clang-format for C and C++, prettier for everything it knows.
import { installPackages } from './machine.mjs';
import { main, run, step } from './steps.mjs';
import { cppFiles } from './sources.mjs';
import { nodeModules } from './toolchain.mjs';

main(async () => {
  await installPackages(['format']);
  await nodeModules();
  await step('clang-format', () => run('format-cpp', 'clang-format-19', ['-i', ...cppFiles()]));
  await step('prettier', () => run('format-js', 'npx', ['prettier', '--write', '.']));
});
