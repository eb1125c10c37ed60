// `npm run demo`: from a fresh machine to a quantized model. Prepares the machine, builds the npm
// package with the variant that Node takes, and quantizes samples/shapes.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cacheRoot } from './cache.mjs';
import { buildPackage, buildVariants, prepare, variantsForNode } from './build.mjs';
import { main, root, say, seconds } from './steps.mjs';

main(async () => {
  const start = performance.now();
  say(`xquant demo: toolchain and third-party builds are kept in ${cacheRoot}`);
  const wasmVariants = variantsForNode();
  await buildVariants(wasmVariants, await prepare(['demo'], ['wasm'], { wasmVariants }));
  await buildPackage();
  say(`[${seconds(start)} s] everything is ready\n`);
  const demo = spawnSync(process.execPath, [join(root, 'samples/shapes/demo.mjs')], {
    cwd: root,
    stdio: 'inherit',
  });
  say(`\n[${seconds(start)} s] in all`);
  return demo.status ?? 1;
});
