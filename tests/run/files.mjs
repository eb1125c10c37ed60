import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../core/setup/steps.mjs';

/** The files below the given folders whose names match, sorted, as paths relative to the root. */
export function findFiles(folders, pattern) {
  const found = [];
  const visit = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name)) visit(path);
      else if (entry.isFile() && pattern.test(entry.name)) found.push(path);
    }
  };
  folders.filter((folder) => existsSync(join(root, folder))).forEach(visit);
  return found.sort();
}
