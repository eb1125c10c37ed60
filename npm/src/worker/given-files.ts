import { FileIndex, normalPath, type FileContent, type FileMap, type Matching } from '../files.js';
import type { FileAccess } from './host.js';

/** Exists in worker scopes only, hence not in the DOM library. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

function readContent(content: FileContent, offset: number, length: number): Uint8Array {
  if (content instanceof Uint8Array) return content.subarray(offset, offset + length);
  const part = content.slice(offset, offset + length);
  return new Uint8Array(new FileReaderSync().readAsArrayBuffer(part));
}

/** The files that the caller handed over. Blobs can be read in a browser's worker only. */
export class GivenFiles implements FileAccess {
  readonly #files: FileMap;
  readonly #index: FileIndex;

  constructor(files: FileMap, matching: Matching) {
    this.#files = files;
    this.#index = new FileIndex(Object.keys(files), matching);
  }

  exists(path: string): boolean {
    return 'key' in this.#index.find(path);
  }

  same(a: string, b: string): boolean {
    return normalPath(a) === normalPath(b);
  }

  size(path: string): number {
    const content = this.#open(path);
    return content instanceof Uint8Array ? content.byteLength : content.size;
  }

  read(path: string, offset: number, length: number): Uint8Array {
    return readContent(this.#open(path), offset, length);
  }

  #open(path: string): FileContent {
    const found = this.#index.find(path);
    if ('missing' in found) throw new Error(found.missing);
    this.#index.claim(path, found.key);
    const content = this.#files[found.key];
    if (content === undefined) throw new Error('it is not among the given files');
    return content;
  }
}
