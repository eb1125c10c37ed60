// A child process with onnxruntime-web: `node onnxruntime-web.mjs <folder of node_modules> <threads>`.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { serveOnnxRuntime } from './onnxruntime.mjs';

const [, , modules, threads] = process.argv;
const ort = createRequire(join(modules, 'package.json'))('onnxruntime-web');
ort.env.wasm.numThreads = Number(threads);
ort.env.logLevel = 'error';
serveOnnxRuntime(ort, Number(threads), { executionProviders: ['wasm'] });
