import { readForm, setInputField, type InputForm } from '../config/form.js';
import type { DroppedFile } from './collect.js';
import type { DataItem } from './kinds.js';

/** The files of a run under the names the configuration uses, and the configuration that uses them. */
export interface Assignment {
  readonly configText: string;
  readonly files: Readonly<Record<string, File>>;
  /** List files made here, for the download beside the configuration. */
  readonly lists: readonly MadeList[];
  /** What was decided for the user. */
  readonly notes: readonly string[];
}

export interface MadeList {
  readonly path: string;
  readonly text: string;
}

const kKindOfType: Readonly<Record<string, DataItem['kind']>> = {
  img: 'image',
  npy: 'array',
  raw: 'raw',
};

/**
 * Gives every list file that the configuration names: the dropped one when there is one, otherwise a list of
 * the dropped files in the order of their names.
 */
export async function assign(
  configText: string,
  inputNames: readonly string[],
  items: readonly DataItem[],
  lists: readonly DroppedFile[],
): Promise<Assignment> {
  const inputs = readForm(configText).inputs;
  const files: Record<string, File> = {};
  const made: MadeList[] = [];
  const notes: string[] = [];
  let text = configText;
  for (const [index, input] of inputs.entries()) {
    const dropped = input.list === undefined ? undefined : bestMatch(input.list, lists);
    if (input.list !== undefined && dropped) {
      Object.assign(files, await filesOfList(input.list, dropped.file, items));
      continue;
    }
    const name = input.name ?? inputNames[index] ?? '';
    const chosen =
      inputs.length === 1
        ? ofKind(input, items)
        : itemsOfInput(name, inputNames, ofKind(input, items));
    if (chosen.length === 0) continue;
    const path = input.list ?? 'calibration.txt';
    if (input.list === undefined) text = setInputField(text, index, 'data_list_path', path);
    else if (input.list.includes('/')) {
      notes.push(
        `${path} is not here: the ${chosen.length} files you dropped stand in for its entries.`,
      );
    }
    const list = { path, text: chosen.map((item) => `${item.path}\n`).join('') };
    made.push(list);
    files[path] = new File([list.text], baseName(path));
    for (const item of chosen) files[join(folderOf(path), item.path)] = item.file;
  }
  return { configText: text, files, lists: made, notes };
}

/** A dropped list and those of its entries that were dropped too; the core names the ones that were not. */
async function filesOfList(
  path: string,
  list: File,
  items: readonly DataItem[],
): Promise<Record<string, File>> {
  const files: Record<string, File> = { [path]: list };
  for (const line of (await list.text()).split(/[\r\n]/)) {
    const entry = line.trim();
    const item = entry === '' ? undefined : bestMatch(entry, items);
    if (item) files[join(folderOf(path), entry)] = item.file;
  }
  return files;
}

function ofKind(input: InputForm, items: readonly DataItem[]): readonly DataItem[] {
  return items.filter((item) => item.kind === kKindOfType[input.fileType]);
}

/**
 * The files of one of several inputs: those in a folder of its name, otherwise those whose names hold it
 * (and no longer input name: "ids" does not take "input_ids_0.npy" from "input_ids").
 */
function itemsOfInput(
  name: string,
  names: readonly string[],
  items: readonly DataItem[],
): readonly DataItem[] {
  const inFolder = items.filter((item) => item.path.split('/').slice(0, -1).includes(name));
  if (inFolder.length > 0) return inFolder;
  const longer = names.filter((other) => other !== name && other.includes(name));
  return items.filter(({ path }) => {
    const base = baseName(path);
    return name !== '' && base.includes(name) && !longer.some((other) => base.includes(other));
  });
}

/** The file whose path shares the longest tail with a written path; undefined when not even the name fits. */
export function bestMatch<T extends DroppedFile>(
  written: string,
  files: readonly T[],
): T | undefined {
  let best: T | undefined;
  let bestLength = 0;
  for (const file of files) {
    const length = commonTail(written.split('/'), file.path.split('/'));
    if (length > bestLength) [best, bestLength] = [file, length];
  }
  return best;
}

function commonTail(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a.at(-1 - length) === b.at(-1 - length)) length++;
  return length;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** folder ends with a slash or is empty. An absolute path wins, as in the core. */
function join(folder: string, path: string): string {
  return path.startsWith('/') ? path : folder + path;
}
