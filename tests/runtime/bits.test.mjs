// Every intermediate tensor of the shared models has the same bits natively, in WebAssembly and on riscv64 (qemu), with and
// without fused operators, and for any number of threads.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ourEngines, riscvEngine } from '../bench/float/engines.mjs';
import { makeInputs } from '../bench/float/models.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = process.env.XQUANT_DATA || join(root, '../shared/data');
const build = join(root, 'build');

const image = (size, channels = 3) => [
  { name: 'x', type: 'float32', shape: [1, channels, ...size] },
];
const tokens = ['input_ids', 'attention_mask', 'token_type_ids'];
const models = {
  cifar_resnet20: image([32, 32]),
  fastestdet: image([352, 352]),
  kws_dscnn: image([49, 10], 1),
  magika: [{ name: 'bytes', type: 'int32', shape: [1, 2048] }],
  minilm: tokens.map((name) => ({ name, type: 'int64', shape: [1, 12] })),
  mobilenet_v1_025: image([224, 224]),
  ocr_rec: image([48, 64]),
  super_resolution: image([224, 224], 1),
  tiny_darknet: image([224, 224]),
};

/** The others take 40 seconds and more under qemu: with XQUANT_ALL_BITS=1 they are compared, too. */
const onRiscv = new Set([
  'cifar_resnet20',
  'fastestdet',
  'kws_dscnn',
  'minilm',
  'mobilenet_v1_025',
  'ocr_rec',
]);
const everywhere = process.env.XQUANT_ALL_BITS === '1';

async function hashes(model, declared, threads) {
  const engines = ourEngines({ build, threads, module: 'float_engine_bits' });
  const wanted = everywhere || onRiscv.has(model);
  const riscv = threads === 1 && wanted ? riscvEngine(build) : undefined;
  if (riscv) engines.riscv64 = riscv;
  else if (threads === 1) console.log(`${model}: riscv64 is not compared (not built, or too slow)`);
  const { inputs, remove } = makeInputs(model, declared);
  const found = {};
  try {
    for (const [name, engine] of Object.entries(engines)) {
      await engine.load(join(data, 'models', model, 'model.onnx'));
      await engine.inputs(inputs);
      found[`${name}, ${threads} threads`] = await engine.hash();
    }
  } finally {
    remove();
    for (const engine of Object.values(engines)) engine.close();
  }
  return found;
}

for (const [model, declared] of Object.entries(models)) {
  const missing = !existsSync(join(data, 'models', model, 'model.onnx'));
  const skip = missing && `no models/${model}/model.onnx in XQUANT_DATA`;
  test(`${model}: the same bits everywhere`, { skip }, async () => {
    const found = { ...(await hashes(model, declared, 1)), ...(await hashes(model, declared, 2)) };
    const [first] = Object.values(found);
    assert.match(first, /^[0-9]+$/);
    for (const [where, hash] of Object.entries(found)) assert.equal(hash, first, where);
  });
}
