// What is downloaded or built once for all clones: folders <cache>/<name>-<key>, where the key is a
// hash of everything that decides their content. A folder counts only when it holds the file .done.
// Builders run under a lock on their folder (locked.py), so two runs may start at once, and one that
// is killed half-way leaves a folder that the next run replaces.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, say } from './steps.mjs';

const here = dirname(fileURLToPath(import.meta.url));

export const cacheRoot =
  process.env.XQUANT_CACHE ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'xquant');

/** A short hash of strings; a string that starts with "file:" stands for that file or folder. */
export function contentKey(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) {
    if (part.startsWith('file:')) hashPath(hash, part.slice(5), '');
    else hash.update(`text ${part}\0`);
  }
  return hash.digest('hex').slice(0, 12);
}

function hashPath(hash, path, name) {
  if (statSync(path).isDirectory()) {
    for (const entry of readdirSync(path).sort()) {
      if (entry !== 'node_modules' && entry !== 'dist')
        hashPath(hash, join(path, entry), `${name}/${entry}`);
    }
  } else {
    const bytes = readFileSync(path);
    hash.update(`file ${name} ${bytes.length}\0`).update(bytes);
  }
}

/**
 * One such folder. `command` is called with the folder as its first argument, in an empty folder.
 * Its path may be written into what it makes: the folder is never moved.
 */
export function component(name, key, command, args = [], env = {}) {
  const folder = join(cacheRoot, `${name}-${key}`);
  return {
    name,
    key,
    folder,
    ready: () => existsSync(join(folder, '.done')),
    async build() {
      mkdirSync(cacheRoot, { recursive: true });
      await run(basename(folder), 'python3', [join(here, 'locked.py'), folder, command, ...args], {
        env,
      });
    },
  };
}

/** Keeps other runs out of this clone's build folder until this process ends. */
export async function onlyRunHere(root) {
  mkdirSync(join(root, 'build'), { recursive: true });
  const child = spawn('python3', [join(here, 'hold.py'), join(root, 'build/.lock')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const patience = setTimeout(() => say('waiting for another run in this folder to end'), 1000);
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('error', reject);
    child.once('close', () => reject(new Error('the lock of the build folder cannot be taken')));
  });
  clearTimeout(patience);
  child.removeAllListeners();
  for (const handle of [child, child.stdin, child.stdout]) handle.unref();
}
