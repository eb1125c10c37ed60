import { constants } from 'node:fs';
import { access, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { XquantError } from '../errors.js';
import type { Storage } from '../index.js';

function cannotWrite(path: string, why: string, cause?: unknown): XquantError {
  const reason = `Cannot write '${path}': ${why}.`;
  const fix = 'Choose another place with -o or working_dir.';
  return XquantError.of('io', 'XQ-IO-002', reason, { file: path, fix, cause });
}

/** A renamed file would take the place of a device or a pipe. */
function isDevice(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isFile() && !found.isDirectory(),
    () => false,
  );
}

async function requireWritable(path: string): Promise<void> {
  const folder = await makeFolderOf(path);
  if (await isFolder(path)) throw cannotWrite(path, 'it is a folder');
  if (await isDevice(path)) throw cannotWrite(path, 'it is no regular file');
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw cannotWrite(path, 'no permission', cause);
  });
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Step by step: where a folder cannot be made, Node's own recursive way may never return. */
async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  await mkdir(folder);
}

async function makeFolderOf(path: string): Promise<string> {
  const folder = resolve(dirname(path));
  try {
    await makeFolder(folder);
  } catch (cause) {
    throw cannotWrite(path, 'its folder cannot be made', cause);
  }
  return folder;
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
export async function writeAll(outputs: Output[], signal: AbortSignal | undefined): Promise<void> {
  try {
    for (const { path, content } of outputs) await writeTemporary(path, content, signal);
    if (signal?.aborted) throw XquantError.cancelled(signal.reason);
    for (const { path } of outputs) {
      await rename(temporaryName(path), path).catch((cause: unknown) => {
        throw cannotWrite(path, String(cause), cause);
      });
    }
  } finally {
    // What could not even be written (a name too long for the disk) cannot be removed either.
    await Promise.allSettled(outputs.map(({ path }) => rm(temporaryName(path), { force: true })));
  }
}

async function writeTemporary(
  path: string,
  content: Uint8Array | string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await makeFolderOf(path);
  try {
    await writeFile(temporaryName(path), content, { signal });
  } catch (cause) {
    if (signal?.aborted) throw XquantError.cancelled(signal.reason);
    throw cannotWrite(path, 'the disk is full or there is no permission', cause);
  }
}

/** The disk as the place for results. */
export const storage: Storage = {
  async check({ quantizedModel, report, reportJson, reportHtml }) {
    for (const path of [quantizedModel, report, reportJson, reportHtml])
      await requireWritable(path);
  },
  async write({ paths, model, report, reportJson, reportHtml }, signal) {
    const outputs: Output[] = [{ path: paths.quantizedModel, content: model }];
    if (report !== '') {
      outputs.push(
        { path: paths.report, content: report },
        { path: paths.reportJson, content: reportJson },
        { path: paths.reportHtml, content: reportHtml },
      );
    }
    await writeAll(outputs, signal);
  },
  require: requireWritable,
  store: (path, content, signal) => writeAll([{ path, content }], signal),
};
