// The int8 kernels: `npm run bench -- int8`. int8 over float on the same products, natively and in Node,
// with WebAssembly's share of the peak; int8 against plain C on convolutions; and executed instructions
// for each multiply-accumulate on riscv64, counted under qemu, whose speed would say nothing.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { main, root, run, say } from '../../core/setup/steps.mjs';
import { emsdk, emsdkEnvironment, sources } from '../../core/setup/toolchain.mjs';

const programs = ['int8_bench_float', 'int8_bench_gemm'];
const seconds = process.argv[2] ?? '0.5';
const TIMEOUT = 300_000; // milliseconds, of each program

async function measure(preset, start, env) {
  const folder = join(root, 'build', preset);
  await run(`build-int8-bench-${preset}`, 'ninja', ['-C', folder, ...programs], { env });
  for (const program of programs) {
    const [command, ...args] = start(join(folder, 'tests/int8', program));
    say(`\n${preset}: ${program} ${seconds}`);
    const options = { stdio: 'inherit', timeout: TIMEOUT };
    const { status, error } = spawnSync(command, [...args, seconds], options);
    if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? status}`);
  }
}

/** Instructions that the program executes; qemu writes a line for each to its standard error. */
function executed(program, args, vlen) {
  const QEMU_CPU = `rv64,v=true,vlen=${vlen},vext_spec=v1.0`;
  const log = ['-singlestep', '-d', 'nochain,exec'];
  const qemu = spawn('qemu-riscv64', [...log, program, ...args], {
    env: { ...process.env, QEMU_CPU },
    timeout: TIMEOUT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let lines = 0;
    qemu.stderr.on('data', (chunk) => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    });
    qemu.on('error', reject);
    qemu.on('close', (code) => (code === 0 ? resolve(lines) : reject(new Error(`qemu: ${code}`))));
  });
}

async function countInstructions() {
  const tree = sources();
  if (!tree) return say("riscv64: not counted, Highway's sources are not at hand on this system");
  const folder = join(root, 'build/count');
  const highway = join(tree.folder, 'highway');
  const toolchain = join(root, 'core/cmake/rv64-clang.cmake');
  const configure = ['-S', join(root, 'tests/int8/count'), '-B', folder, '-G', 'Ninja'];
  await run('configure-count', 'cmake', [
    ...configure,
    `--toolchain=${toolchain}`,
    `-DHIGHWAY=${highway}`,
  ]);
  await run('build-count', 'ninja', ['-C', folder]);
  const program = join(folder, 'count_instructions');
  const products = 16 * 128 * 256;
  say('\nriscv64: executed instructions for each multiply-accumulate, gemm 16x128x256');
  const each = async (kernel, vlen) =>
    ((await executed(program, [kernel, '2'], vlen)) -
      (await executed(program, [kernel, '1'], vlen))) /
    products;
  const scalar = await each('scalar', 256); // no vectors, so any length
  for (const vlen of [128, 256, 512, 1024]) {
    const int8 = await each('int8', vlen);
    const float = await each('float', vlen);
    const [a, b, c] = [int8, float, scalar].map((v) => v.toFixed(3));
    say(`VLEN ${vlen}: int8 ${a}, float (core/runtime) ${b}, int8 in plain C ${c}`);
    const over = (v) => (int8 / v).toFixed(3);
    say(`          int8 over float ${over(float)}, vectors over plain C ${over(scalar)}`);
  }
}

main(async () => {
  await measure('native', (program) => [program], {});
  await measure(
    'wasm',
    (program) => [process.execPath, `${program}.js`],
    emsdkEnvironment(emsdk()),
  );
  await countInstructions();
  return 0;
});
