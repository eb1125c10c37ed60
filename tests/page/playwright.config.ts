import { defineConfig } from '@playwright/test';

/** Debian's Chromium; XQUANT_CHROMIUM names another one. Nothing in the background may use the network. */
export default defineConfig({
  testDir: '.',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  // A run takes every core: two at once would only wait for each other.
  workers: 1,
  forbidOnly: true,
  outputDir: '../../test-results/page',
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: process.env['XQUANT_CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-quic',
      ],
    },
  },
});
