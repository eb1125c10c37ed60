import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileAccess } from './host.js';

/** Runs with an open file; errors say why in the words of the native program. */
function withFile<Result>(path: string, use: (descriptor: number) => Result): Result {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    throw new Error('no such file or no permission');
  }
  try {
    if (fstatSync(descriptor).isDirectory()) throw new Error('it is a folder');
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Without links, as far as the path exists. */
function realPath(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return realpathSync(absolute);
  const folder = dirname(absolute);
  return folder === absolute ? absolute : join(realPath(folder), basename(absolute));
}

function isOneFile(a: string, b: string): boolean {
  const [one, other] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })];
  return one.dev === other.dev && one.ino === other.ino;
}

/** The disk, in Node. */
export class DiskFiles implements FileAccess {
  exists(path: string): boolean {
    return existsSync(path);
  }

  /** Sees through links, through relative and absolute spellings, and through upper and lower case where the disk does. */
  same(a: string, b: string): boolean {
    return realPath(a) === realPath(b) || (existsSync(a) && existsSync(b) && isOneFile(a, b));
  }

  size(path: string): number {
    return withFile(path, (descriptor) => fstatSync(descriptor).size);
  }

  read(path: string, offset: number, length: number): Uint8Array {
    return withFile(path, (descriptor) => {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const count = readSync(descriptor, bytes, done, length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return bytes.subarray(0, done);
    });
  }
}

/** The files that were handed over, before those of the disk. */
export class OverlaidFiles implements FileAccess {
  readonly #given: FileAccess;
  readonly #disk: FileAccess;

  constructor(given: FileAccess, disk: FileAccess) {
    this.#given = given;
    this.#disk = disk;
  }

  exists(path: string): boolean {
    return this.#given.exists(path) || this.#disk.exists(path);
  }

  same(a: string, b: string): boolean {
    return this.#disk.same(a, b);
  }

  size(path: string): number {
    return this.#of(path).size(path);
  }

  read(path: string, offset: number, length: number): Uint8Array {
    return this.#of(path).read(path, offset, length);
  }

  #of(path: string): FileAccess {
    return this.#given.exists(path) ? this.#given : this.#disk;
  }
}
