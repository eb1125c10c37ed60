// What the tests of the package share: the sample, folders to work in, programs to run.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const packageFolder = join(root, 'npm');
export const sampleFolder = join(root, 'samples/shapes');

/** The package, as installed. */
export const xquant = await import(join(packageFolder, 'dist/targets/node.js'));

/** For test options: a reason to skip, or false. */
export const withoutSample = existsSync(join(sampleFolder, 'model.onnx'))
  ? false
  : 'samples/shapes has no model.onnx';

const images = readListed(join(sampleFolder, 'calib/list.txt'));

function readListed(path) {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => join(sampleFolder, 'calib', line));
}

/** The sample's first images, as paths. */
export const sampleImages = (count) => images.slice(0, count);

/** Some of these as WebP, the first two without loss (tests/data/make_golden.py), and their list. */
export const webpFolder = join(root, 'tests/data/golden/webp');

/** The sample's configuration over so many images, with absolute paths; change() may alter it. */
export function sampleConfig(count, change = () => {}) {
  const config = JSON.parse(readFileSync(join(sampleFolder, 'config.json'), 'utf8'));
  config.model_parameters.onnx_model = join(sampleFolder, 'model.onnx');
  delete config.model_parameters.working_dir;
  config.calibration_parameters.calibration_step = count;
  config.calibration_parameters.input_parameters[0].data_list_path = join(
    sampleFolder,
    'calib/list.txt',
  );
  change(config);
  return config;
}

/** A folder that is gone after the test. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'xquant-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An empty folder inside of another. */
export function subfolder(folder, name) {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** All files below a folder. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

export const sha256 = (content) => createHash('sha256').update(content).digest('hex');

/** A surface with a command line: the words that start it. */
export const npx = [process.execPath, join(packageFolder, 'dist/cli.js')];

/** The native program of this build, or undefined. */
export function nativeProgram() {
  const path = join(process.env.XQUANT_BUILD || join(root, 'build/native'), 'core/cli/xquant');
  return existsSync(path) ? [path] : undefined;
}

/** Runs a command line. interruptAfter: milliseconds until it gets the signal. */
export function runCommand([program, ...first], args, options = {}) {
  const { cwd, interruptAfter, signal = 'SIGINT' } = options;
  const child = spawn(program, [...first, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  if (interruptAfter !== undefined) setTimeout(() => child.kill(signal), interruptAfter);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, killedBy) => resolve({ status, killedBy, ...output }));
  });
}
