// `npm run build [-- preset...]`: native, wasm and rv64 builds, the npm package, the page; native-asan when it is named.
// Also the functions with which the demo and the tests build just what they need.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { contentKey, onlyRunHere } from './cache.mjs';
import { installPackages } from './machine.mjs';
import { SetupError, main, root, run, say, step } from './steps.mjs';
import * as toolchain from './toolchain.mjs';

/**
 * Installs and prepares what the presets need: programs, Emscripten, libraries, npm packages.
 * wasmVariants: which kinds of program the WebAssembly build is to link.
 */
export async function prepare(
  purposes,
  presets,
  { wasmVariants = toolchain.wasmVariants, extra = [] } = {},
) {
  await installPackages(presets.includes('native-asan') ? [...purposes, 'sanitizers'] : purposes);
  await onlyRunHere(root);
  const packages = toolchain.nodeModules();
  packages.catch(() => {}); // awaited below
  const sdk = presets.includes('wasm') ? toolchain.emsdk() : undefined;
  if (sdk) toolchain.describe(sdk);
  await Promise.all([toolchain.ensure(sdk), withoutEmscripten(presets)]);
  // Emscripten's libraries are compiled beside the third-party ones: each has single-threaded phases.
  if (sdk) {
    const libraries = wasmVariants.map((variant) => toolchain.systemLibraries(sdk, variant));
    await Promise.all([
      ensureInTurn(libraries),
      toolchain.ensure(toolchain.thirdParty('wasm', sdk)),
    ]);
  }
  await Promise.all([packages, ...extra.map(toolchain.ensure)]);
  return sdk;
}

async function ensureInTurn(parts) {
  for (const part of parts) await toolchain.ensure(part);
}

/** What can be made while Emscripten is still being fetched and unpacked. */
async function withoutEmscripten(presets) {
  await toolchain.ensure(toolchain.sources());
  const rest = presets.filter((name) => name !== 'wasm');
  await ensureInTurn(rest.map((preset) => toolchain.thirdParty(preset)));
}

/** Configures (when something about that changed) and builds one preset into build/<preset>; targets: only these. */
export async function buildPreset(preset, sdk, targets = []) {
  const folder = join(root, 'build', preset);
  const env = preset === 'wasm' ? toolchain.emsdkEnvironment(sdk) : {};
  const args = [
    '--preset',
    preset,
    `-DXQUANT_THIRD_PARTY_DIR=${toolchain.thirdParty(preset, sdk).folder}`,
  ];
  const configured = join(folder, '.configured');
  const key = contentKey(
    ...args,
    JSON.stringify(env.EMSDK ?? ''),
    `file:${join(root, 'CMakePresets.json')}`,
  );
  await step(`built ${preset}`, async () => {
    const known = existsSync(configured) ? readFileSync(configured, 'utf8') : '';
    if (known !== key || !existsSync(join(folder, 'build.ninja'))) {
      await run(`configure-${preset}`, 'cmake', [known ? '--fresh' : [], ...args].flat(), { env });
      mkdirSync(folder, { recursive: true });
      writeFileSync(configured, key);
    }
    await run(`build-${preset}`, 'ninja', ['-C', folder, ...targets], { env });
  });
}

/**
 * The variants of the WebAssembly module to build where Node's is enough: that one, and the other where an
 * earlier build left it, or the package would get old code and old types beside new ones.
 */
export function variantsForNode() {
  const other = existsSync(join(root, 'build/wasm/wasm/dist/xquant.wasm'));
  return other ? toolchain.wasmVariants : ['threads'];
}

/** Builds these variants of the WebAssembly module, and nothing else of the preset. */
export async function buildVariants(variants, sdk) {
  const targets = { single: 'xquant_wasm', threads: 'xquant_wasm_threads' };
  await buildPreset(
    'wasm',
    sdk,
    variants.map((variant) => targets[variant]),
  );
}

/** Builds one target that is not part of `all` in build/<preset>, which is configured. */
export async function buildTarget(preset, target) {
  const env = preset === 'wasm' ? toolchain.emsdkEnvironment(toolchain.emsdk()) : {};
  const folder = join(root, 'build', preset);
  await run(`build-${preset}-${target}`, 'ninja', ['-C', folder, target], { env });
}

/** Runs the build script of a workspace unless nothing that goes into it has changed. */
export async function buildWorkspace(name, inputs) {
  const manifest = join(root, name, 'package.json');
  if (!existsSync(manifest))
    return say(`[   0.0 s] no ${name}/package.json: nothing to build there`);
  const stamp = join(root, 'build', `${name}.built`);
  const present = inputs.map((path) => join(root, path)).filter(existsSync);
  const state = () => contentKey(...present.map((path) => `file:${path}`));
  const before = state();
  const built = existsSync(stamp) && existsSync(join(root, name, 'dist'));
  if (built && readFileSync(stamp, 'utf8') === before) {
    return say(`[   0.0 s] ${name}: unchanged`);
  }
  await step(`built ${name}`, () => run(`build-${name}`, 'npm', ['run', 'build', '-w', name]));
  writeFileSync(stamp, state());
}

/** The npm package from whichever variants of the WebAssembly module are built. */
export const buildPackage = () =>
  buildWorkspace('npm', ['npm', 'core/config/schema.json', 'LICENSE', 'build/wasm/wasm/dist']);

/** The page, which carries the sample that ships. */
export const buildPage = () =>
  buildWorkspace('web', [
    'web',
    'LICENSE',
    'npm/THIRD-PARTY-LICENSES.txt',
    'npm/dist',
    'build/npm.built',
    'samples/shapes/config.json',
    'samples/shapes/model.onnx',
    'samples/shapes/calib',
  ]);

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(async () => {
    const all = ['native', 'wasm', 'rv64'];
    const known = [...all, 'native-asan'];
    const presets = process.argv.length > 2 ? process.argv.slice(2) : all;
    const unknown = presets.filter((preset) => !known.includes(preset));
    if (unknown.length > 0)
      throw new SetupError(`no preset ${unknown.join(', ')}; known: ${known.join(', ')}`);
    const sdk = await prepare(['test'], presets);
    for (const preset of presets) await buildPreset(preset, sdk);
    if (presets.includes('wasm')) {
      await buildPackage();
      await buildPage();
    }
  });
}
