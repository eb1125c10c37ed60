// The parts that live in the cache: Emscripten, third-party sources and libraries, npm's packages.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { component, contentKey } from './cache.mjs';
import { debian, hasCommand } from './machine.mjs';
import { SetupError, capture, root, run, say, step } from './steps.mjs';

const at = (...path) => join(root, ...path);
const builder = at('core/setup/cmake-project.sh');
const suite = process.env.XQUANT_EMSDK_SUITE || 'forky';

/** The emsdk to use: the one that EMSDK names if it works, else Debian's packages laid out as one. */
export function emsdk() {
  const given = process.env.EMSDK;
  if (given && existsSync(join(given, 'upstream/emscripten/emcc'))) {
    return { folder: given, key: contentKey(given, emscriptenVersion(given)), given: true };
  }
  if (given) say(`EMSDK=${given} is ignored: it has no upstream/emscripten/emcc`);
  if (!debian) {
    throw new SetupError(
      'Emscripten is missing: install the emsdk (https://emscripten.org/docs/getting_started), ' +
        'activate it and source its emsdk_env.sh, so that EMSDK is set.',
    );
  }
  const script = at('wasm/toolchain/emsdk-from-debian.sh');
  const key = contentKey(`file:${script}`, suite, process.arch);
  return component('emsdk', key, script, [suite]);
}

const emscriptenVersion = (folder) =>
  readFileSync(join(folder, 'upstream/emscripten/emscripten-version.txt'), 'utf8').trim();

/** The environment in which Emscripten's tools and CMake find this emsdk. */
export const emsdkEnvironment = (sdk) => ({
  EMSDK: sdk.folder,
  EM_CONFIG: sdk.given
    ? (process.env.EM_CONFIG ?? join(sdk.folder, '.emscripten'))
    : join(sdk.folder, '.emscripten'),
  EM_NODE_JS: process.execPath,
  // The interpreter itself: a version manager's wrapper would start a shell for every file compiled.
  EMSDK_PYTHON:
    process.env.EMSDK_PYTHON ?? capture('python3', ['-c', 'import sys; print(sys.executable)']),
  PATH: `${join(sdk.folder, 'upstream/emscripten')}:${process.env.PATH}`,
});

/** Third-party source trees out of Debian's archive and a Python wheel; undefined: from upstream. */
export function sources() {
  if (!debian) return undefined;
  const script = at('core/setup/sources-from-debian.sh');
  const list = at('core/cmake/third_party/sources.txt');
  return component('sources', contentKey(`file:${script}`, `file:${list}`), script);
}

/** The kinds of program that the WebAssembly build links. */
export const wasmVariants = ['single', 'threads'];

/** Emscripten's own libraries for one kind of program, compiled at the first link; kept inside the emsdk. */
export function systemLibraries(sdk, variant) {
  const tree = at('wasm/toolchain');
  const key = contentKey(`file:${tree}`, sdk.key);
  const threads = `-DTHREADS=${variant === 'threads' ? 'ON' : 'OFF'}`;
  const args = [tree, 'system-libraries', ...toolchainArguments('wasm'), threads];
  return component(`system-libraries-${variant}`, key, builder, args, emsdkEnvironment(sdk));
}

const presets = {
  native: { libraries: 'json;stb;webp;highway;protobuf;googletest;benchmark' },
  wasm: {
    libraries: 'json;stb;webp;highway;protobuf;googletest',
    toolchain: 'wasm/toolchain/emscripten.cmake',
  },
  rv64: { libraries: 'highway;protobuf;googletest', toolchain: 'core/cmake/rv64-clang.cmake' },
};

function toolchainArguments(preset) {
  const { toolchain } = presets[preset];
  if (toolchain) return [`-DCMAKE_TOOLCHAIN_FILE=${at(toolchain)}`];
  if (!hasCommand('clang++-19')) return [];
  return ['-DCMAKE_C_COMPILER=clang-19', '-DCMAKE_CXX_COMPILER=clang++-19'];
}

/** The libraries of core/cmake/third_party for one preset, built and ready to import; sdk: for wasm. */
export function thirdParty(buildPreset, sdk) {
  const preset = buildPreset.replace(/-(asan|lint)$/, ''); // only what is ours is sanitized or checked
  const { libraries, toolchain } = presets[preset];
  const source = sources();
  const wasm = preset === 'wasm';
  const compiler = wasm
    ? sdk.key
    : (capture('clang++-19', ['--version']) ?? capture('c++', ['--version']) ?? '');
  const key = contentKey(
    `file:${builder}`,
    `file:${at('core/cmake/third_party')}`,
    toolchain ? `file:${at(toolchain)}` : '',
    compiler,
    source ? source.key : 'upstream',
    libraries,
  );
  const args = [at('core/cmake'), 'third_party', `-DXQUANT_THIRD_PARTY=${libraries}`];
  if (source) args.push('-C', join(source.folder, 'sources.cmake'));
  args.push(...toolchainArguments(preset));
  const env = wasm ? emsdkEnvironment(sdk) : {};
  return component(`third-party-${preset}`, key, builder, args, env);
}

const titles = [
  [/^emsdk/, 'unpacked Emscripten', 'Emscripten: fetching and unpacking (about 450 MB, once)'],
  [/^sources/, 'fetched third-party sources'],
  [
    /^system-libraries/,
    "compiled Emscripten's system libraries",
    "Emscripten's system libraries: compiling (a minute or more, once)",
  ],
  [/^third-party/, 'compiled third-party libraries'],
  [/^python/, 'installed the Python packages that tests compare with'],
];

/** Builds a component unless it is there already. */
export async function ensure(part) {
  if (!part || part.given || part.ready()) return;
  const [, title, announce] = titles.find(([pattern]) => pattern.test(part.name));
  await step(`${title} (${part.name})`, () => part.build(), announce);
}

/** npm's packages, as package-lock.json says; again only when that or a package.json changed. */
export async function nodeModules() {
  const files = ['package-lock.json', 'package.json', 'npm/package.json', 'web/package.json'];
  const present = files.map((file) => at(file)).filter((file) => existsSync(file));
  const key = contentKey(...present.map((file) => `file:${file}`));
  const stamp = at('node_modules', '.xquant-stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  await step('installed the npm packages of package-lock.json', async () => {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm-ci', 'npm', args);
    writeFileSync(stamp, key);
  });
}

export function describe(sdk) {
  if (sdk.given) say(`Emscripten ${emscriptenVersion(sdk.folder)} from EMSDK=${sdk.folder}`);
}
