import url from 'virtual:sample';
import type { DroppedFile } from './files/collect.js';

interface Entry {
  readonly path: string;
  readonly size: number;
}

/**
 * The sample's files out of one pack: a 32-bit little-endian length, that many bytes of JSON (the entries), then
 * the files one after the other. undefined when the page was built without the sample.
 */
export async function loadSample(): Promise<readonly DroppedFile[] | undefined> {
  if (url === undefined) return undefined;
  const response = await fetch(url);
  if (!response.ok) return undefined;
  const pack = await response.arrayBuffer();
  const length = new DataView(pack).getUint32(0, true);
  const entries = JSON.parse(new TextDecoder().decode(new Uint8Array(pack, 4, length))) as Entry[];
  let offset = 4 + length;
  return entries.map(({ path, size }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const file = new File([pack.slice(offset, offset + size)], name);
    offset += size;
    return { path, file };
  });
}
