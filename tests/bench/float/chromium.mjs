// Ours and onnxruntime-web, each in a page of Chromium, with the functions of engines.mjs. Times are of the wall clock:
// a page cannot ask for those of the processor.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { serve } from '../../page/server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** A folder of links to what the pages load. */
function linkedFolder({ build, peers }) {
  const folder = mkdtempSync(join(tmpdir(), 'xquant-pages-'));
  symlinkSync(join(build, 'wasm/tests/bench'), join(folder, 'engine'));
  symlinkSync(join(peers, 'node_modules/onnxruntime-web/dist'), join(folder, 'peers'));
  symlinkSync(here, join(folder, 'float'));
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>bench</title>');
  return folder;
}

export async function chromiumEngines({ executable, ...places }) {
  const folder = linkedFolder(places);
  const server = await serve(folder, { isolated: true });
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
  let links = 0;
  const link = (path) => {
    const name = `files/${links++}`;
    symlinkSync(path, join(folder, name));
    return name;
  };
  const withLinks = async (paths, use) => {
    const names = paths.map(link);
    try {
      return await use(names.map((name) => `/${name}`));
    } finally {
      for (const name of names) unlinkSync(join(folder, name));
    }
  };
  const engine = async (which) => {
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.evaluate(
      async ([name, threads]) => (await import('/float/page-engines.mjs')).start(name, threads),
      [which, places.threads],
    );
    return {
      load: (path) =>
        withLinks([path], ([url]) => page.evaluate((at) => window.engine.load(at), url)),
      inputs: (inputs) =>
        withLinks(
          inputs.map(({ path }) => path),
          (urls) =>
            page.evaluate(
              (list) => window.engine.inputs(list),
              inputs.map(({ name, type, dims }, i) => ({ name, type, dims, url: urls[i] })),
            ),
        ),
      run: (samples) => page.evaluate((count) => window.engine.run(count), samples),
      profile: () => page.evaluate(() => window.engine.profile()), // of ours
    };
  };
  const engines = { wasm: await engine('ours'), web: await engine('onnxruntime-web') };
  return {
    engines,
    async close() {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
