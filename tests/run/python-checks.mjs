// Comparisons with programs that we did not write: every tests/<subject>/check_*.py, run by the Python
// of tests/requirements.txt. Each prints "N passed, N failed, N skipped" as its last line, and says
// in lines that start with "skipped:" why.
import { basename } from 'node:path';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, logs, run } from '../../core/setup/steps.mjs';
import { findFiles } from './files.mjs';
import { skippedSuite } from './tally.mjs';

export async function pythonChecks() {
  const files = findFiles(['tests'], /^check_.*\.py$/);
  if (files.length === 0) return skippedSuite('there is no check_*.py below tests/');
  const total = { passed: 0, failed: 0, skipped: 0, notes: [], rerun: 'npm test -- python' };
  for (const file of files) {
    const result = await check(file);
    for (const kind of ['passed', 'failed', 'skipped']) total[kind] += result[kind];
    total.notes.push(...result.notes);
  }
  return total;
}

async function check(file) {
  const log = file.replaceAll('/', '-');
  const notes = [];
  try {
    await run(log, process.env.XQUANT_PYTHON, [file]);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    notes.push(`failed: ${file}\n${error.message}`);
  }
  const lines = readFileSync(join(logs, `${log}.log`), 'utf8')
    .trim()
    .split('\n');
  const counts = lines.at(-1).match(/^(\d+) passed, (\d+) failed, (\d+) skipped$/);
  if (!counts) {
    notes.push(`failed: ${basename(file)} did not end with its counts`);
    return { passed: 0, failed: 1, skipped: 0, notes };
  }
  const [passed, failed, skipped] = counts.slice(1).map(Number);
  notes.push(...lines.filter((line) => line.startsWith('skipped:')));
  return {
    passed,
    failed: notes.length > 0 && notes[0].startsWith('failed:') ? Math.max(failed, 1) : failed,
    skipped,
    notes,
  };
}
