import type { DiagnosticValue, Host, PathsValue } from '../wasm/xquant.mjs';
import { returned, type Returned } from './core.js';

/** Synchronous reading; a function may throw, with a message that says why. */
export interface FileAccess {
  exists(path: string): boolean;
  /** Whether both paths mean one file. */
  same(a: string, b: string): boolean;
  size(path: string): number;
  read(path: string, offset: number, length: number): Uint8Array;
}

/** What the core tells before its work is done. */
export interface HostListeners {
  onProgress(phase: string, done: number, total: number): void;
  onNotes(notes: Returned<DiagnosticValue>[]): void;
  onPaths(paths: Returned<PathsValue>): void;
}

/** Messages about progress are at least this far apart. */
const PROGRESS_INTERVAL_MS = 50;

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What the core needs of JavaScript. Nothing may throw through its frames, so reasons come back as strings. */
export function makeHost(files: FileAccess, listeners: HostListeners): Host {
  let lastPhase = '';
  let lastTime = 0;
  return {
    exists: (path) => files.exists(path),
    same: (a, b) => files.same(a, b),
    size(path) {
      try {
        return files.size(path);
      } catch (thrown) {
        return reasonOf(thrown);
      }
    },
    read(path, offset, length) {
      try {
        return files.read(path, offset, length);
      } catch (thrown) {
        return reasonOf(thrown);
      }
    },
    progress(phase, done, total) {
      const now = performance.now();
      const worthTelling = phase !== lastPhase || (total > 0 && done === total);
      if (worthTelling || now - lastTime >= PROGRESS_INTERVAL_MS) {
        lastPhase = phase;
        lastTime = now;
        listeners.onProgress(phase, done, total);
      }
      return false;
    },
    notes: (notes) => listeners.onNotes(returned(notes)),
    paths: (paths) => listeners.onPaths(returned(paths)),
  };
}
