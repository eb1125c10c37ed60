import type { DroppedFile } from './collect.js';

/** What a dropped file is taken for. */
export type FileKind = 'model' | 'config' | 'list' | 'image' | 'array' | 'raw' | 'other';

const kByExtension: Readonly<Record<string, FileKind>> = {
  onnx: 'model',
  json: 'config',
  jsonc: 'config',
  txt: 'list',
  jpg: 'image',
  jpeg: 'image',
  png: 'image',
  bmp: 'image',
  webp: 'image',
  npy: 'array',
  raw: 'raw',
  bin: 'raw',
};

export function kindOf(path: string): FileKind {
  const dot = path.lastIndexOf('.');
  return kByExtension[path.slice(dot + 1).toLowerCase()] ?? 'other';
}

/** A calibration file, with what was found when it was looked at. */
export interface DataItem extends DroppedFile {
  readonly kind: 'image' | 'array' | 'raw';
  /** Why it cannot be read, "" when nothing speaks against it. */
  readonly problem: string;
}

const kJpeg = [0xff, 0xd8, 0xff];
const kPng = [0x89, 0x50, 0x4e, 0x47];
const kBmp = [0x42, 0x4d];
const kRiff = [0x52, 0x49, 0x46, 0x46];
const kWebp = [0x57, 0x45, 0x42, 0x50]; // behind RIFF and a size
const kNpy = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Looks at the first bytes: cheap enough for every file. */
async function checkSignature(file: File, kind: DataItem['kind']): Promise<string> {
  if (file.size === 0) return 'the file is empty';
  if (kind === 'raw') return '';
  let head: Uint8Array;
  try {
    head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  } catch {
    return 'the browser may not read this file';
  }
  const stands = (bytes: readonly number[], at: number) =>
    bytes.every((byte, i) => head[at + i] === byte);
  const startsWith = (bytes: readonly number[]) => stands(bytes, 0);
  if (kind === 'array') return startsWith(kNpy) ? '' : 'not a NumPy .npy file';
  const isImage = [kJpeg, kPng, kBmp].some(startsWith) || (startsWith(kRiff) && stands(kWebp, 8));
  return isImage ? '' : 'not a JPEG, PNG, BMP or WebP image';
}

/** Reading waits for the disk: so many files are looked at side by side. */
const kAtOnce = 64;

/** The calibration files of a drop, each looked at. */
export async function dataOf(dropped: readonly DroppedFile[]): Promise<DataItem[]> {
  const items: DataItem[] = [];
  for (let first = 0; first < dropped.length; first += kAtOnce) {
    const looks = dropped.slice(first, first + kAtOnce).map(async ({ path, file }) => {
      const kind = kindOf(path);
      if (kind !== 'image' && kind !== 'array' && kind !== 'raw') return [];
      return [{ path, file, kind, problem: await checkSignature(file, kind) }];
    });
    items.push(...(await Promise.all(looks)).flat());
  }
  return items;
}

/** A small picture of an image, or undefined when the browser cannot decode it. Makes no request. */
export async function thumbnail(file: File, size: number): Promise<ImageBitmap | undefined> {
  try {
    return await createImageBitmap(file, { resizeWidth: size, resizeQuality: 'medium' });
  } catch {
    return undefined;
  }
}
