// Comparisons with programs that we did not write: every tests/<subject>/check_*.py, run by the Python
// of tests/requirements.txt. Each prints "N passed, N failed, N skipped" as its last line, and says
// in lines that start with "skipped:" why.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { failureOf, logs } from '../../core/setup/steps.mjs';
import { findFiles } from './files.mjs';
import { skippedSuite } from './tally.mjs';

export async function pythonChecks() {
  const files = findFiles(['tests'], /^check_.*\.py$/);
  if (files.length === 0) return skippedSuite('there is no check_*.py below tests/');
  const total = { passed: 0, failed: 0, skipped: 0, notes: [], rerun: 'npm test -- python' };
  for (const result of await sideBySide(files, check)) {
    for (const kind of ['passed', 'failed', 'skipped']) total[kind] += result[kind];
    total.notes.push(...result.notes);
  }
  return total;
}

/** The results of all tasks in their order, with one task for each core at a time: most are a single thread. */
async function sideBySide(tasks, start) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const position = next++;
      results[position] = await start(tasks[position]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

async function check(file) {
  const log = file.replaceAll('/', '-');
  const failure = await failureOf(log, process.env.XQUANT_PYTHON, [file]);
  const notes = failure ? [`failed: ${file}\n${failure}`] : [];
  const lines = readFileSync(join(logs, `${log}.log`), 'utf8')
    .trim()
    .split('\n');
  notes.push(...lines.filter((line) => /^skipped\b/.test(line)));
  const counts = lines.at(-1).match(/^(\d+) passed, (\d+) failed, (\d+) skipped$/);
  if (!counts) {
    notes.push(`failed: ${file} did not end with its counts`);
    return { passed: 0, failed: 1, skipped: 0, notes };
  }
  const [passed, failed, skipped] = counts.slice(1).map(Number);
  return { passed, failed: failure ? Math.max(failed, 1) : failed, skipped, notes };
}
