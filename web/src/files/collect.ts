/** A file with the path under which it was dropped: "img/cat.jpg" for a folder, "cat.jpg" for a file. */
export interface DroppedFile {
  readonly path: string;
  readonly file: File;
}

/** What was dropped: files, and the paths of those that the browser may not read. */
export interface Drop {
  readonly files: DroppedFile[];
  readonly unreadable: string[];
}

/** From an <input type="file">, with or without webkitdirectory. */
export function fromFileList(list: FileList): DroppedFile[] {
  return byPath([...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/** From a drop; folders are walked. Must be called inside the event handler: the entries die with it. */
export async function fromDataTransfer(transfer: DataTransfer): Promise<Drop> {
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const drop: Drop = { files: [], unreadable: [] };
  for (const { entry, file } of entries) {
    if (entry) await add(entry, drop);
    else if (file) drop.files.push({ path: file.name, file });
  }
  byPath(drop.files);
  return drop;
}

/** A file that moved away, or a folder without permission, keeps nothing else from being used. */
async function add(entry: FileSystemEntry, drop: Drop): Promise<void> {
  await walk(entry, drop).catch(() => drop.unreadable.push(pathOf(entry)));
}

function pathOf(entry: FileSystemEntry): string {
  return entry.fullPath.replace(/^\//, '');
}

async function walk(entry: FileSystemEntry, drop: Drop): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    drop.files.push({ path: pathOf(entry), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (batch.length === 0) return;
    await Promise.all(batch.map((child) => add(child, drop)));
  }
}

/** Operating systems hand files over in any order; the run must not depend on it. */
function byPath(files: DroppedFile[]): DroppedFile[] {
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
