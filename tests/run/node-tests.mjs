// Tests of the npm package and the WebAssembly module in Node: every *.test.mjs below tests/ and npm/.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { failureOf, root } from '../../core/setup/steps.mjs';
import { findFiles } from './files.mjs';
import { skippedSuite } from './tally.mjs';

const report = join(root, 'build/logs/node.tap');

export async function nodeTests() {
  const files = findFiles(['npm', 'tests'], /\.test\.mjs$/);
  if (files.length === 0) return skippedSuite('there is no *.test.mjs below npm/ and tests/');
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${report}`,
  ];
  rmSync(report, { force: true });
  const failure = await failureOf('test-node', process.execPath, [
    '--test',
    // Node leaves one core free unless told; the long files here are single runs on one thread.
    `--test-concurrency=${availableParallelism()}`,
    ...reporters,
    ...files.reverse(), // the longest, tests/surfaces, first, so that no core ends alone
  ]);
  const notes = failure ? [failure] : [];
  const tap = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const count = (name) => Number(tap.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
  for (const [, name, why] of tap.matchAll(/^\s*ok \d+ - (.*?) # SKIP ?(.*)$/gm)) {
    notes.push(`skipped: ${why || name}`);
  }
  const failed = count('fail') + count('cancelled');
  return {
    passed: count('pass'),
    failed: failure ? Math.max(failed, 1) : failed,
    skipped: count('skipped') + count('todo'),
    notes,
    rerun: 'npm test -- node   (one file: node --test FILE)',
  };
}
