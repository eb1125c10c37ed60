import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Without these the browser gives a page no threads. */
const kIsolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Serves a folder. Nothing may be cached, so that every request of a page is seen.
 *
 * @param {string} folder
 * @param {{ isolated: boolean, port?: number }} options port 0: any free one
 * @returns {Promise<{ url: string, requests: string[], close: () => Promise<void> }>}
 */
export async function serve(folder, { isolated, port = 0 }) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname);
    requests.push(path);
    const file = join(folder, normalize(path.endsWith('/') ? `${path}index.html` : path));
    try {
      if (!file.startsWith(folder + sep)) throw new Error('outside');
      const body = await readFile(file);
      const type = kTypes[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, {
        'Content-Type': type,
        'Cache-Control': 'no-store',
        ...(isolated ? kIsolation : {}),
      });
      response.end(body);
    } catch {
      response.writeHead(404, { 'Content-Type': 'text/plain' });
      response.end('Not found\n');
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://127.0.0.1:${actual}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

// node tests/page/server.mjs [folder] [port] [--plain]
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder = 'web/dist', port = '4173'] = process.argv
    .slice(2)
    .filter((arg) => !arg.startsWith('-'));
  const isolated = !process.argv.includes('--plain');
  const { url } = await serve(join(process.cwd(), folder), { isolated, port: Number(port) });
  console.log(
    `${folder} at ${url}, ${isolated ? 'cross-origin isolated' : 'not isolated: one thread'}`,
  );
}
