import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { samplePack } from './plugins/sample-pack.ts';

const page = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const samples = fileURLToPath(new URL('../samples/shapes', import.meta.url));

/**
 * Nothing but the page's own files, no inline script, no eval; WebAssembly may be compiled. Workers may come
 * from memory, so that one that was stopped can be started again without a request.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
].join('; ');

function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** The licences beside the page, since what bundles it drops comments. */
function licences(): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle() {
      for (const path of ['../LICENSE', '../npm/THIRD-PARTY-LICENSES.txt']) {
        this.emitFile({
          type: 'asset',
          fileName: basename(path),
          source: readFileSync(page(path)),
        });
      }
    },
  };
}

/** Cross-origin isolation: the browser gives threads only to pages served with these. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  // Relative addresses: the page works from any folder of any server.
  base: './',
  plugins: [samplePack(samples), contentSecurityPolicy(), licences()],
  optimizeDeps: { exclude: ['xquant'] },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: page('index.html'),
        embed: page('embed.html'),
        'xquant-quantizer': page('src/app.ts'),
      },
      output: {
        // Embedders load the element by this name.
        entryFileNames: ({ name }) =>
          name === 'xquant-quantizer' ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
  server: { headers: isolation },
  preview: { headers: isolation },
});
