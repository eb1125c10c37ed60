// The Chromium of the page tests: Debian's package where there is one, Playwright's own elsewhere.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root, run, step } from '../../core/setup/steps.mjs';

function installed() {
  return process.env.PATH.split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((path) => existsSync(path));
}

/** The path of the Chromium to use, after installing Playwright's own where the system has none. */
export async function prepareBrowser() {
  const path = process.env.XQUANT_CHROMIUM || installed();
  if (path) return path;
  const { chromium } = await import('@playwright/test');
  if (!existsSync(chromium.executablePath())) {
    const program = join(root, 'node_modules/.bin/playwright');
    await step("installed Playwright's Chromium", () =>
      run('playwright-install', program, ['install', 'chromium']),
    );
  }
  return chromium.executablePath();
}
