// The Chromium of the page tests: Debian's package where there is one, Playwright's own elsewhere.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { debian } from '../../core/setup/machine.mjs';
import { root, run, step } from '../../core/setup/steps.mjs';

/** The path of an installed Chromium, or undefined when Playwright brings its own. */
export function chromium() {
  return process.env.PATH.split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((path) => existsSync(path));
}

export async function prepareBrowser() {
  if (chromium() || debian) return;
  const { chromium: own } = await import('@playwright/test');
  if (existsSync(own.executablePath())) return;
  const program = join(root, 'node_modules/.bin/playwright');
  await step("installed Playwright's Chromium", () =>
    run('playwright-install', program, ['install', 'chromium']),
  );
}
