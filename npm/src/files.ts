/** A file's content in memory, or a handle to it. */
export type FileContent = Blob | Uint8Array;

/** Files by path, as the configuration and the lists name them. */
export type FileMap = Readonly<Record<string, FileContent>>;

/** "./a//b/../c" -> "a/c"; "\" counts as "/". */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

/** Whether one path ends with all parts of the other. */
function endsWithPath(path: string, ending: string): boolean {
  return path === ending || path.endsWith(`/${ending}`);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const NOT_GIVEN = 'it is not among the given files';

/** The key of a file, or why there is none. */
export type Found = { key: string } | { missing: string };

/** Whether the last parts of a path are enough to know a file; a page has nothing else. */
export type Matching = 'exact' | 'by-ending';

/**
 * Finds given files under the paths that a configuration names. A page knows files by name only, so a path is
 * tried as it is, then normalised, then by its last parts. A file never answers to two different paths: two
 * images of one name in two folders would silently become one.
 */
export class FileIndex {
  readonly #keys = new Set<string>();
  readonly #byNormalPath = new Map<string, string>();
  readonly #byBaseName = new Map<string, string[]>();
  readonly #takenBy = new Map<string, string>();

  readonly #matching: Matching;

  constructor(keys: Iterable<string>, matching: Matching) {
    this.#matching = matching;
    for (const key of keys) {
      const path = normalPath(key);
      const base = baseName(path);
      this.#keys.add(key);
      this.#byNormalPath.set(path, key);
      this.#byBaseName.set(base, [...(this.#byBaseName.get(base) ?? []), key]);
    }
  }

  find(wanted: string): Found {
    if (this.#keys.has(wanted)) return { key: wanted };
    const path = normalPath(wanted);
    const same = this.#byNormalPath.get(path);
    if (same !== undefined) return { key: same };
    if (this.#matching === 'by-ending') return this.#findByEnding(path);
    return { missing: NOT_GIVEN };
  }

  #findByEnding(path: string): Found {
    const named = this.#byBaseName.get(baseName(path)) ?? [];
    const matching = named.filter((key) => {
      const other = normalPath(key);
      return endsWithPath(path, other) || endsWithPath(other, path);
    });
    const [key, second] = matching.length > 0 ? matching : named;
    if (key === undefined) return { missing: NOT_GIVEN };
    if (second !== undefined) {
      return { missing: `it could be '${key}' or '${second}' of the given files` };
    }
    const owner = this.#takenBy.get(key);
    if (owner !== undefined && owner !== path) {
      return { missing: `the given file '${key}' already stands for '${owner}'` };
    }
    return { key };
  }

  /** Records that a path means this file from now on. */
  claim(wanted: string, key: string): void {
    const path = normalPath(wanted);
    if (path !== normalPath(key)) this.#takenBy.set(key, path);
  }
}
