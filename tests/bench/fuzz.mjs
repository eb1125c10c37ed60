// Differential fuzzing of the int8 kernels, scalar against every SIMD build of this machine, under
// the sanitizers: `npm run bench -- fuzz`. Five minutes, or as many seconds as XQUANT_FUZZ_SECONDS
// says. Ends with the number of runs or with the input that failed.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = `${root}build/fuzz`;
const seconds = process.env.XQUANT_FUZZ_SECONDS ?? '300';

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run('cmake', [
  '-S',
  'tests/int8/fuzz',
  '-B',
  build,
  '-G',
  'Ninja',
  '-DCMAKE_C_COMPILER=clang-19',
  '-DCMAKE_CXX_COMPILER=clang++-19',
]);
run('cmake', ['--build', build]);
mkdirSync(`${build}/corpus`, { recursive: true });
run(`${build}/fuzz_differential`, [
  `-max_total_time=${seconds}`,
  '-max_len=4096',
  '-print_final_stats=1',
  `-artifact_prefix=${build}/`,
  `${build}/corpus`,
]);
