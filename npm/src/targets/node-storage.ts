import { constants } from 'node:fs';
import { access, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { XquantError } from '../errors.js';
import type { Storage } from '../index.js';

function cannotWrite(path: string, cause: unknown): XquantError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const reason = `Cannot write '${path}': ${why}.`;
  const fix = 'Choose another output path, or make the folder writable.';
  return XquantError.of('io', 'XQ-IO-002', reason, { file: path, fix, cause });
}

/** The folder itself or the nearest one above it that exists. Fails when that is none. */
async function nearestFolder(folder: string): Promise<string> {
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error(`'${folder}' is not a folder`);
    return folder;
  } catch (thrown) {
    const absent = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    if (!absent) throw thrown;
    return nearestFolder(dirname(folder));
  }
}

/** Step by step: where a folder cannot be made, Node's own recursive way may never return. */
async function makeFolder(folder: string): Promise<void> {
  const existing = await nearestFolder(folder);
  if (existing === folder) return;
  await makeFolder(dirname(folder));
  await mkdir(folder);
}

/** In the same folder, so that the renaming is one step; hidden, so that no pattern for models finds it. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

interface Output {
  path: string;
  content: Uint8Array | string;
}

/** Stores all files or none: only complete files get their names. */
async function writeAll(outputs: Output[], signal: AbortSignal | undefined): Promise<void> {
  let current = '';
  try {
    for (const { path, content } of outputs) {
      current = path;
      await makeFolder(resolve(dirname(path)));
      await writeFile(temporaryName(path), content, { signal });
    }
    for (const { path } of outputs) {
      current = path;
      await rename(temporaryName(path), path);
    }
  } catch (thrown) {
    throw signal?.aborted ? XquantError.cancelled(signal.reason) : cannotWrite(current, thrown);
  } finally {
    await Promise.all(outputs.map(({ path }) => rm(temporaryName(path), { force: true })));
  }
}

/** The disk as the place for results. */
export const storage: Storage = {
  async check({ quantizedModel }) {
    try {
      const folder = await nearestFolder(resolve(dirname(quantizedModel)));
      await access(folder, constants.W_OK);
    } catch (thrown) {
      throw cannotWrite(quantizedModel, thrown);
    }
  },
  async write({ paths, model, report }, signal) {
    const outputs: Output[] = [{ path: paths.quantizedModel, content: model }];
    if (report !== '') outputs.push({ path: paths.report, content: report });
    await writeAll(outputs, signal);
  },
};
