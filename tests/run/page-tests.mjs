// Tests of the page in Chromium: every *.spec.mjs below tests/, with Playwright.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, root, run } from '../../core/setup/steps.mjs';
import { findFiles } from './files.mjs';
import { skippedSuite } from './tally.mjs';

const report = join(root, 'build/logs/page.json');

export async function pageTests() {
  if (findFiles(['tests'], /\.spec\.mjs$/).length === 0) {
    return skippedSuite('there is no *.spec.mjs below tests/');
  }
  rmSync(report, { force: true });
  const program = join(root, 'node_modules/.bin/playwright');
  const args = ['test', '--config', 'tests/run/playwright.config.mjs', '--reporter=list,json'];
  const result = { passed: 0, failed: 0, skipped: 0, notes: [], rerun: 'npm test -- page' };
  try {
    await run('test-page', program, args, { env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report } });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    result.notes.push(error.message);
  }
  try {
    addSuites(result, JSON.parse(readFileSync(report, 'utf8')).suites);
  } catch {
    return { ...result, failed: 1 };
  }
  if (result.notes.length > 0 && result.failed === 0 && result.passed === 0) result.failed = 1;
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
