// The models of $XQUANT_DATA and inputs for them.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What dimensions that the file leaves open mean here, by model and axis. Others: 1. */
const openDimensions = { minilm: { 1: 128 }, ocr_rec: { 2: 48, 3: 320 } };

export function findModels(data, names) {
  const folder = join(data, 'models');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => names.length === 0 || names.includes(name))
    .map((name) => ({ name, path: join(folder, name, 'model.onnx') }))
    .filter(({ path }) => existsSync(path));
}

/** The same pseudo-random numbers in [0, 1) in every run. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

function elements({ name, type }, count) {
  const next = numbers(count);
  const integer = () => (name.includes('mask') ? 1 : name.includes('type') ? 0 : next() * 255) | 0;
  if (type === 'float32') return Float32Array.from({ length: count }, next);
  if (type === 'int32') return Int32Array.from({ length: count }, integer);
  return BigInt64Array.from({ length: count }, () => BigInt(integer()));
}

/** Writes inputs for the declared ones into files; call remove() at the end. */
export function makeInputs(model, declared) {
  const folder = mkdtempSync(join(tmpdir(), 'xquant-bench-'));
  const inputs = declared.map((input, position) => {
    const dims = input.shape.map((dim, axis) =>
      typeof dim === 'number' && dim > 0 ? dim : (openDimensions[model]?.[axis] ?? 1),
    );
    const path = join(folder, `${position}.bin`);
    const count = dims.reduce((a, b) => a * b, 1);
    writeFileSync(path, new Uint8Array(elements(input, count).buffer));
    return { name: input.name, type: input.type, dims, path };
  });
  return { inputs, remove: () => rmSync(folder, { recursive: true }) };
}
