// A child process with onnxruntime-node: `node onnxruntime-node.mjs <folder of node_modules> <threads>`.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { serveOnnxRuntime } from './onnxruntime.mjs';

const [, , modules, threads] = process.argv;
const ort = createRequire(join(modules, 'package.json'))('onnxruntime-node');
serveOnnxRuntime(ort, Number(threads), {
  executionProviders: ['cpu'],
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  logSeverityLevel: 3,
});
