// How heavy the npm package is: `node tests/bench/size.mjs`. Each file as it is, as gzip and as brotli 11, which is
// what a server sends.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../../npm/dist', import.meta.url));
const kilobytes = (count) => `${(count / 1000).toFixed(1).padStart(8)} kB`;

function sizes(path) {
  const content = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  const compressed = [gzipSync(content, { level: 9 }), brotliCompressSync(content, { params })];
  return [content, ...compressed].map(({ length }) => length);
}

const groups = [
  ['WebAssembly', /^wasm\/.*\.wasm$/],
  ['its scripts', /^wasm\/.*\.mjs$/],
  ['workers of a page', /^worker\/browser-.*\.js$/],
];
const files = readdirSync(dist, { recursive: true }).map((path) => relative('.', path));

console.log(
  `${'npm package'.padEnd(30)} ${['raw', 'gzip', 'brotli'].map((n) => n.padStart(11)).join('')}`,
);
for (const [title, pattern] of groups) {
  console.log(title);
  for (const file of files.filter((path) => pattern.test(path)).sort()) {
    console.log(`  ${file.padEnd(28)} ${sizes(join(dist, file)).map(kilobytes).join('')}`);
  }
}
