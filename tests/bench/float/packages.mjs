// ONNX Runtime's npm packages, installed on demand into the cache and not as a development dependency: they take
// 440 MB, and nothing but this benchmark wants them. XQUANT_ONNXRUNTIME names a folder that has them already.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { component, contentKey } from '../../../core/setup/cache.mjs';
import { step } from '../../../core/setup/steps.mjs';

export async function onnxRuntime() {
  if (process.env.XQUANT_ONNXRUNTIME) return process.env.XQUANT_ONNXRUNTIME;
  const script = fileURLToPath(new URL('packages.sh', import.meta.url));
  const part = component('onnxruntime', contentKey(`file:${script}`), script);
  if (!part.ready()) await step('installed onnxruntime-web and onnxruntime-node', part.build);
  return join(part.folder);
}
