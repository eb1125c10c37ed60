/** A file with the path under which it was dropped: "img/cat.jpg" for a folder, "cat.jpg" for a file. */
export interface DroppedFile {
  readonly path: string;
  readonly file: File;
}

/** From an <input type="file">, with or without webkitdirectory. */
export function fromFileList(list: FileList): DroppedFile[] {
  return byPath([...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/** From a drop; folders are walked. Must be called inside the event handler: the entries die with it. */
export async function fromDataTransfer(transfer: DataTransfer): Promise<DroppedFile[]> {
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: DroppedFile[] = [];
  for (const { entry, file } of entries) {
    if (entry) await walk(entry, found);
    else if (file) found.push({ path: file.name, file });
  }
  return byPath(found);
}

async function walk(entry: FileSystemEntry, found: DroppedFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (batch.length === 0) return;
    for (const child of batch) await walk(child, found);
  }
}

/** Operating systems hand files over in any order; the run must not depend on it. */
function byPath(files: DroppedFile[]): DroppedFile[] {
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
