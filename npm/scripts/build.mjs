// Builds dist/: `node scripts/build.mjs [--wasm <folder> ...]`. Takes the WebAssembly artefacts from the given
// folders, generates the types of the configuration, compiles, and bundles the browser's workers. What has not
// changed is not made again.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build as bundle } from 'esbuild';
import { compile as compileSchema } from 'json-schema-to-typescript';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(here);
const dist = join(here, 'dist');
const run = promisify(execFile);

const { values } = parseArgs({ options: { wasm: { type: 'string', multiple: true } } });
const wasmFolders = values.wasm ?? [join(root, 'build/wasm/wasm/dist')];

async function isNewer(source, target) {
  if (!existsSync(target)) return true;
  return (await stat(source)).mtimeMs > (await stat(target)).mtimeMs;
}

async function copyWhenNewer(source, target) {
  if (!(await isNewer(source, target))) return;
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
}

/** The variants that have been built; there must be one. */
function findVariants() {
  const found = Object.entries({ single: 'xquant', threads: 'xquant-threads' }).flatMap(
    ([variant, name]) => {
      const folder = wasmFolders.find((candidate) => existsSync(join(candidate, `${name}.wasm`)));
      return folder ? [{ variant, name, folder }] : [];
    },
  );
  if (found.length === 0) throw new Error(`no xquant.wasm in ${wasmFolders.join(', ')}`);
  return found;
}

async function copyWasm(variants) {
  for (const { name, folder } of variants) {
    for (const file of [`${name}.mjs`, `${name}.wasm`]) {
      await copyWhenNewer(join(folder, file), join(dist, 'wasm', file));
    }
  }
  // The surface is one; so the types of one variant serve for both.
  const [{ name, folder }] = variants;
  for (const types of ['xquant.d.mts', 'xquant-threads.d.mts']) {
    await copyWhenNewer(join(folder, `${name}.d.mts`), join(dist, 'wasm', types));
  }
}

async function generateConfigTypes() {
  const source = join(root, 'core/config/schema.json');
  const target = join(dist, 'config.generated.d.ts');
  if (!(await isNewer(source, target))) return;
  const schema = JSON.parse(await readFile(source, 'utf8'));
  const types = await compileSchema({ ...schema, title: 'XquantConfig' }, 'XquantConfig', {
    additionalProperties: false,
    bannerComment: '// Generated from core/config/schema.json.',
  });
  await mkdir(dist, { recursive: true });
  await writeFile(target, types);
  await copyFile(source, join(dist, 'schema.json'));
}

async function compileTypeScript() {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const { bin } = JSON.parse(await readFile(typescript, 'utf8'));
  const compiler = join(dirname(typescript), bin.tsc);
  try {
    await run(process.execPath, [compiler, '-p', here]);
  } catch (error) {
    throw new Error(`TypeScript reports:\n${error.stdout}`);
  }
}

/** One file for each variant, without imports: such a worker can be started from memory. */
async function bundleWorkers(variants) {
  const entries = variants.map(({ variant }) => [
    `browser-${variant}`,
    join(dist, `worker/${variant}-entry.js`),
  ]);
  await bundle({
    entryPoints: Object.fromEntries(entries),
    outdir: join(dist, 'worker'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    logLevel: 'warning',
  });
}

/** npm packs the licence of the package's own folder only. */
async function copyLicence() {
  const source = join(root, 'LICENSE');
  if (existsSync(source)) await copyWhenNewer(source, join(here, 'LICENSE'));
}

const variants = findVariants();
await copyLicence();
await copyWasm(variants);
await generateConfigTypes();
await compileTypeScript();
await bundleWorkers(variants);
