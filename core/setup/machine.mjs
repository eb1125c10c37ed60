// The programs that the machine itself must have, in one place: which Debian package brings each, how
// its presence is seen, and what needs it. Everything else goes into the cache.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheRoot } from './cache.mjs';
import { SetupError, capture, run, step } from './steps.mjs';

const clang = 'clang-19';

const packages = [
  { name: 'python3', command: 'python3', for: ['demo', 'test'] },
  { name: 'cmake', command: 'cmake', for: ['demo', 'test'] },
  { name: 'ninja-build', command: 'ninja', for: ['demo', 'test'] },
  { name: 'xz-utils', command: 'xz', for: ['demo', 'test'] },
  { name: 'protobuf-compiler', command: 'protoc', for: ['debian'] },
  { name: 'patchelf', command: 'patchelf', for: ['debian'] },
  { name: 'python3-pip', python: ['-m', 'pip', '--version'], for: ['debian'] },
  { name: 'python3-venv', python: ['-c', 'import venv, ensurepip'], for: ['test'] },
  { name: clang, command: 'clang++-19', for: ['test'] },
  { name: 'lld-19', command: 'ld.lld-19', for: ['test'] },
  { name: 'g++', command: 'g++', for: ['test'] },
  { name: 'g++-riscv64-linux-gnu', command: 'riscv64-linux-gnu-g++', for: ['test'] },
  { name: 'qemu-user', command: 'qemu-riscv64', for: ['test'] },
  { name: 'chromium', command: 'chromium', for: ['test'] },
  { name: 'clang-format-19', command: 'clang-format-19', for: ['format', 'lint'] },
  { name: 'clang-tidy-19', command: 'clang-tidy-19', for: ['lint'] },
  {
    name: 'libclang-rt-19-dev',
    folder: '/usr/lib/llvm-19/lib/clang/19/lib/linux',
    for: ['sanitizers'],
  },
];

/** Debian's package tools and archive keys are at hand, so that its packages can be fetched. */
export const debian =
  existsSync('/usr/share/keyrings/debian-archive-keyring.gpg') && hasCommand('apt-get');

export function hasCommand(name) {
  return process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, name)));
}

function present(item) {
  if (item.folder) return existsSync(item.folder);
  if (item.command) return hasCommand(item.command);
  return capture('python3', item.python) !== undefined;
}

/** Names of the packages that `purpose` needs and the machine does not have. */
export function missingPackages(purposes) {
  return packages
    .filter((item) => item.for.some((purpose) => purposes.includes(purpose)) && !present(item))
    .map((item) => item.name);
}

/** Installs what is missing through apt as root, or says exactly what is missing. */
export async function installPackages(purposes) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new SetupError(`Node 20 or newer is needed; this is ${process.version}.`);
  }
  const missing = missingPackages(debian ? [...purposes, 'debian'] : purposes);
  if (missing.length === 0) return;
  if (!debian || process.getuid() !== 0) throw new SetupError(explain(missing));
  const list = missing.join(' ');
  await step(
    `installed with apt: ${list}`,
    async () => {
      // One lock for runs that start at once; the second finds nothing left to do.
      const script = `mkdir -p "$1" && exec 9>"$1/apt.lock" && flock 9
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
          -o DPkg::Lock::Timeout=600 ${list}`;
      await run('apt', 'bash', ['-euc', script, 'apt', cacheRoot]);
    },
    `installing with apt: ${list}`,
  );
}

function explain(missing) {
  const commands = packages
    .filter((item) => missing.includes(item.name))
    .map((item) => item.command ?? item.folder ?? `python3 ${item.python.join(' ')}`);
  return [
    `These programs are missing: ${commands.join(', ')}`,
    debian
      ? `Install them as root:\n  apt-get install --no-install-recommends ${missing.join(' ')}`
      : `Install them with your system's package manager (Debian's names: ${missing.join(' ')}).`,
  ].join('\n');
}
