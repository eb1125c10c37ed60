import { notice, type Problem } from '../problem.js';
import type { DroppedFile } from './collect.js';
import { kindOf } from './kinds.js';

/** Files of kinds that people drop and that cannot be used as they are, and what makes them usable. */
const kForeign: readonly { readonly extensions: readonly string[]; readonly fix: string }[] = [
  {
    extensions: ['pt', 'pth', 'pb', 'tflite', 'h5', 'keras', 'safetensors', 'mnn', 'ncnn'],
    fix: 'Export the model to ONNX (.onnx).',
  },
  {
    extensions: ['gif', 'heic', 'avif', 'tif', 'tiff', 'svg'],
    fix: 'Save the images as JPEG, PNG, BMP or WebP.',
  },
  { extensions: ['npz', 'pkl', 'mat'], fix: 'Save the arrays as .npy, one for each sample.' },
  { extensions: ['zip', 'tar', 'gz', '7z', 'rar'], fix: 'Unpack it and drop what is in it.' },
];
const kUsable =
  'Models (.onnx), images (.jpg, .png, .bmp, .webp), arrays (.npy, .raw, .bin), lists (.txt) and configs (.json) can be dropped.';
const kNamed = 3;

/** What of a drop is not used, and why. Never silently. */
export function refusals(
  dropped: readonly DroppedFile[],
  unreadable: readonly string[] = [],
): Problem[] {
  const gone =
    unreadable.length === 0
      ? []
      : [
          notice(
            'error',
            `${named(unreadable)}: the browser may not read this.`,
            'It may have been moved, or need a permission.',
          ),
        ];
  if (dropped.length === 0)
    return gone.length > 0 ? gone : [notice('warning', 'No file was found in that.', kUsable)];
  const refused = kForeign.flatMap(({ extensions, fix }) => {
    const files = dropped.filter(({ path }) => extensions.includes(extensionOf(path)));
    return files.length === 0
      ? []
      : [notice('warning', `${named(paths(files))} cannot be used.`, fix)];
  });
  const all = dropped.every(({ path }) => kindOf(path) === 'other');
  if (all && refused.length === 0)
    refused.push(notice('warning', `${named(paths(dropped))} cannot be used.`, kUsable));
  return [...gone, ...refused];
}

/** The one of several that counts, said; a drop is in the order of its paths. */
export function lastOf(dropped: readonly DroppedFile[], kind: 'model' | 'config'): Problem[] {
  const of = dropped.filter(({ path }) => kindOf(path) === kind);
  const last = of.at(-1);
  if (!last || of.length === 1) return [];
  const what = kind === 'model' ? 'models' : 'configs';
  return [
    notice('warning', `Of ${of.length} ${what}, ${last.path} is used.`, 'Drop one at a time.'),
  ];
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).toLowerCase();
}

function paths(files: readonly DroppedFile[]): string[] {
  return files.map(({ path }) => path);
}

function named(all: readonly string[]): string {
  const names = all.slice(0, kNamed).join(', ');
  return all.length > kNamed ? `${names} and ${all.length - kNamed} more` : names;
}
