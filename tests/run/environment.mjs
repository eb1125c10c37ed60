// What tests and benchmarks find in their environment: builds, Python, the ONNX project's cases, real models and images.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from '../../core/setup/steps.mjs';

export function testEnvironment(python) {
  const beside = join(root, '../shared/data');
  const data = process.env.XQUANT_DATA || (existsSync(beside) ? beside : '');
  process.env.XQUANT_DATA = data;
  process.env.XQUANT_BUILD = join(root, 'build/native');
  process.env.XQUANT_PYTHON = join(python.folder, 'bin/python');
  const [version] = readdirSync(join(python.folder, 'lib'));
  const onnx = join(python.folder, 'lib', version, 'site-packages/onnx');
  process.env.ONNX_NODE_CASES = join(onnx, 'backend/test/data/node');
  if (!data) say('XQUANT_DATA is not set: what needs real models and images is skipped');
}
