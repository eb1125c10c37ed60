// The package in Chromium: its own files in an empty page, no bundler between them and the browser.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { chromium } from '@playwright/test';
import { serve } from '../page/server.mjs';

function programPath() {
  const inPath = process.env.PATH.split(delimiter).map((folder) => join(folder, 'chromium'));
  return [process.env.XQUANT_CHROMIUM, ...inPath, chromium.executablePath()].find(
    (path) => path && existsSync(path),
  );
}

/** Every file that a configuration and its lists name. */
export function filesOf(config) {
  const { model_parameters: model, calibration_parameters: calibration } = config;
  const paths = new Set([model.onnx_model]);
  for (const { data_list_path: list } of calibration.input_parameters) {
    paths.add(list);
    const lines = readFileSync(list, 'utf8')
      .split('\n')
      .map((line) => line.trim());
    for (const line of lines.filter(Boolean).slice(0, calibration.calibration_step)) {
      paths.add(resolve(dirname(list), line.split(/\s/)[0]));
    }
  }
  return [...paths];
}

/**
 * Opens the package, built in a folder, in a page that is "isolated" (and so has threads) or "plain".
 * Undefined where there is no Chromium.
 */
export async function openChromium(folder, isolation) {
  const executablePath = programPath();
  if (!executablePath) return undefined;
  const server = await serve(folder, { isolated: isolation === 'isolated' });
  const args = ['--no-sandbox', '--disable-background-networking', '--no-first-run'];
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage();
  await page.route('**/files/*', (route) => {
    const path = decodeURIComponent(new URL(route.request().url()).pathname.replace('/files/', ''));
    return route.fulfill({ body: readFileSync(path), contentType: 'application/octet-stream' });
  });
  await page.route('**/empty.html', async (route) => {
    // The headers of a file that the server does have decide about isolation.
    const known = await route.fetch({ url: `${server.url}files.js` });
    const headers = { ...known.headers(), 'content-type': 'text/html' };
    delete headers['content-length'];
    return route.fulfill({ body: '<!doctype html>', headers });
  });
  await page.goto(`${server.url}empty.html`);
  return {
    /** Quantizes in the page; the configuration's files are handed over as Blobs. */
    async quantize(config, paths, threads) {
      const [result, base64] = await page.evaluate(runInPage, { config, paths, threads });
      return { ...result, model: Buffer.from(base64, 'base64') };
    },
    /** Checks a quantized model, a path, on the data of a configuration. */
    check: (model, config, paths) => page.evaluate(checkInPage, { model, config, paths }),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Runs in the page. */
async function checkInPage({ model, config, paths }) {
  const { checkQuantizedModel } = await import('/targets/browser.js');
  const files = {};
  for (const path of [model, ...paths]) {
    files[path] = await (await fetch(`/files/${encodeURIComponent(path)}`)).blob();
  }
  const { outputs } = await checkQuantizedModel(model, { config, files });
  return { outputs };
}

/** Runs in the page. */
async function runInPage({ config, paths, threads: wanted }) {
  const { quantizeOnnxModel, prepare } = await import('/targets/browser.js');
  const files = {};
  for (const path of paths) {
    files[path] = await (await fetch(`/files/${encodeURIComponent(path)}`)).blob();
  }
  const { threads, isolated } = await prepare({ threads: wanted });
  const { model, report } = await quantizeOnnxModel(config, undefined, undefined, {
    files,
    threads,
  });
  let binary = '';
  for (let at = 0; at < model.length; at += 0x8000) {
    binary += String.fromCharCode(...model.subarray(at, at + 0x8000));
  }
  return [{ report, threads, isolated }, btoa(binary)];
}
