// How heavy the page is, and how soon it is usable: `node tests/bench/page.mjs [rounds]`.
// Sizes: every file that the page loads, as it is and as a server would send it (brotli 11).
// Times: new browser profile each round, local server without cache; the median of all rounds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { chromium } from '@playwright/test';
import { serve } from '../page/server.mjs';

const dist = fileURLToPath(new URL('../../web/dist', import.meta.url));
const rounds = Number(process.argv[2] ?? 5);

const options = {
  executablePath: process.env.XQUANT_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--disable-quic',
  ],
};

const kilobytes = (count) => `${(count / 1000).toFixed(1).padStart(8)} kB`;
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function brotliSize(content) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return brotliCompressSync(content, { params }).length;
}

/** One visit with an empty cache; times in milliseconds since navigation. */
async function visit(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.locator('html[data-ready]').waitFor({ state: 'attached' });
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    usable: performance.getEntriesByName('xquant-ready')[0]?.startTime ?? NaN,
  }));
  await context.close();
  return times;
}

async function measure(browser, isolated) {
  const server = await serve(dist, { isolated });
  try {
    await visit(browser, server.url);
    const loaded = [...new Set(server.requests)].map((path) =>
      path === '/' ? '/index.html' : path,
    );
    const visits = [];
    for (let i = 0; i < rounds; i++) visits.push(await visit(browser, server.url));
    return { loaded, visits };
  } finally {
    await server.close();
  }
}

const browser = await chromium.launch(options);
try {
  for (const isolated of [true, false]) {
    const { loaded, visits } = await measure(browser, isolated);
    console.log(isolated ? 'With isolation (threads)' : 'Without isolation (one thread)');
    let total = 0;
    for (const path of loaded) {
      const content = readFileSync(join(dist, path));
      const small = brotliSize(content);
      total += small;
      console.log(`  ${kilobytes(content.length)}  brotli ${kilobytes(small)}  ${path.slice(1)}`);
    }
    console.log(`  ${' '.repeat(11)}  brotli ${kilobytes(total)}  all together`);
    const of = (name) => median(visits.map((times) => times[name])).toFixed(0);
    console.log(`  first paint ${of('paint')} ms, usable ${of('usable')} ms (median of ${rounds})`);
  }
} finally {
  await browser.close();
}
