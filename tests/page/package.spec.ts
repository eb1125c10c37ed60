import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, root, test } from './fixtures.js';
import { serve } from './server.mjs';

const folder = join(root, 'tests/int8/golden');
const golden = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
  cases: object[];
};

/** The package's own files in an empty page: no bundler between them and the browser. */
for (const isolated of [true, false]) {
  test(`int8 golden vectors have the same bytes in Chromium, ${isolated ? 'with' : 'without'} isolation`, async ({
    page,
  }) => {
    const server = await serve(join(root, 'npm/dist'), { isolated });
    try {
      await page.goto(`${server.url}schema.json`);
      const vectors = readFileSync(join(folder, 'vectors.bin')).toString('base64');
      const report = await page.evaluate(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        const entry = '/targets/browser.js';
        const { checkInt8Vectors } = await import(entry);
        return checkInt8Vectors(bytes);
      }, vectors);
      expect(report).toMatchObject({
        cases: golden.cases.length,
        mismatches: 0,
        firstMismatch: '',
      });
      expect(report.isa).toContain('wasm');
    } finally {
      await server.close();
    }
  });
}
