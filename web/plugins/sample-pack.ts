import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'vite';

const kId = 'virtual:sample';
/** Calibration images in the pack: enough for sound ranges, small enough to come with the page. */
const kImages = 32;

interface SampleConfig {
  readonly model_parameters: { readonly onnx_model: string };
  readonly calibration_parameters: {
    readonly input_parameters: readonly { readonly data_list_path: string }[];
  };
}

/** Puts the sample's model, config, list and first images into one asset (format: src/sample.ts). */
export function samplePack(folder: string): Plugin {
  const present = existsSync(join(folder, 'config.json'));
  let building = false;
  return {
    name: 'sample-pack',
    configResolved(config) {
      building = config.command === 'build';
    },
    resolveId: (id) => (id === kId ? `\0${kId}` : undefined),
    load(id) {
      if (id !== `\0${kId}`) return undefined;
      if (!present) return 'export default undefined;';
      const source = makePack(folder);
      if (!building)
        return `export default "data:application/octet-stream;base64,${source.toString('base64')}";`;
      const asset = this.emitFile({ type: 'asset', name: 'sample.bin', source });
      return `export default import.meta.ROLLUP_FILE_URL_${asset};`;
    },
  };
}

function makePack(folder: string): Buffer {
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as SampleConfig;
  const [input] = config.calibration_parameters.input_parameters;
  if (!input) throw new Error(`${folder}/config.json names no input.`);
  const listPath = join(folder, input.data_list_path);
  const lines = readFileSync(listPath, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const chosen = lines.slice(0, kImages);
  const files = new Map<string, Buffer>();
  const add = (path: string, content = readFileSync(path)) =>
    files.set(relative(dirname(folder), path), content);
  add(join(folder, 'config.json'));
  add(join(folder, config.model_parameters.onnx_model));
  add(listPath, Buffer.from(`${chosen.join('\n')}\n`));
  for (const line of chosen) add(join(dirname(listPath), line.trim()));
  const entries = [...files].map(([path, content]) => ({ path, size: content.length }));
  const head = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, ...files.values()]);
}
