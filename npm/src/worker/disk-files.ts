import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
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

/** The disk, in Node. */
export class DiskFiles implements FileAccess {
  exists(path: string): boolean {
    return existsSync(path);
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
