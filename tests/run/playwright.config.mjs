import { join } from 'node:path';
import { root } from '../../core/setup/steps.mjs';
import { chromium } from './browser.mjs';

const asRoot = process.getuid?.() === 0;

export default {
  testDir: join(root, 'tests'),
  testMatch: '**/*.spec.mjs',
  outputDir: join(root, 'build/playwright'),
  timeout: 120_000,
  workers: 1,
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: chromium(),
      // Chromium's sandbox refuses to run as root.
      args: asRoot ? ['--no-sandbox'] : [],
    },
  },
};
