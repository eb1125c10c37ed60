// Tests of the page in Chromium: tests/page/*.spec.ts, with Playwright.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failureOf, root } from '../../core/setup/steps.mjs';
import { findFiles } from './files.mjs';
import { skippedSuite } from './tally.mjs';

const report = join(root, 'build/logs/page.json');

export async function pageTests() {
  if (findFiles(['tests/page'], /\.spec\.ts$/).length === 0) {
    return skippedSuite('there is no *.spec.ts in tests/page/');
  }
  rmSync(report, { force: true });
  const program = join(root, 'node_modules/.bin/playwright');
  const args = ['test', '--config', 'tests/page/playwright.config.ts', '--reporter=list,json'];
  const failure = await failureOf('test-page', program, args, {
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report },
  });
  const notes = failure ? [failure] : [];
  const result = { passed: 0, failed: 0, skipped: 0, notes, rerun: 'npm test -- page' };
  if (existsSync(report)) addSuites(result, JSON.parse(readFileSync(report, 'utf8')).suites);
  if (failure) result.failed ||= 1;
  return result;
}

function addSuites(result, suites = []) {
  for (const suite of suites) {
    addSuites(result, suite.suites);
    for (const test of (suite.specs ?? []).flatMap((spec) => spec.tests)) {
      if (test.status === 'skipped') {
        result.skipped += 1;
        result.notes.push(`skipped: ${test.annotations[0]?.description ?? suite.title}`);
      } else if (test.status === 'unexpected') result.failed += 1;
      else result.passed += 1;
    }
  }
}
