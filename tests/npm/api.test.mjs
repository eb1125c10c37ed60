// The other functions of the package, and what its callers can do wrong.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root, sampleFolder, withoutSample, xquant } from './support.mjs';

describe('inspectOnnxModel', { skip: withoutSample }, () => {
  test('sees the same in a path, in bytes and in a Blob', async () => {
    const path = join(sampleFolder, 'model.onnx');
    const bytes = readFileSync(path);
    const buffer = new Uint8Array(bytes).buffer;
    const [fromPath, fromBytes, fromBuffer, fromBlob] = await Promise.all(
      [path, bytes, buffer, new Blob([bytes])].map((model) => xquant.inspectOnnxModel(model)),
    );
    assert.equal(fromPath.quantized, false);
    assert.deepEqual(fromPath.inputs[0].shape.slice(1), ['3', '64', '64']);
    assert.ok(
      fromPath.operators.some(({ type, quantizable }) => type === 'Conv' && quantizable > 0),
    );
    assert.deepEqual(fromPath.missing, []);
    assert.deepEqual(fromBytes, fromPath);
    assert.deepEqual(fromBuffer, fromPath);
    assert.deepEqual(fromBlob, fromPath);
  });
});

describe('errors', () => {
  test('bytes that are no model are refused with code, kind and fix', async () => {
    const error = await xquant
      .inspectOnnxModel(new Uint8Array([1, 2, 3]))
      .catch((thrown) => thrown);
    assert.ok(error instanceof xquant.XquantError);
    assert.equal(error.kind, 'model');
    assert.match(error.code, /^XQ-[A-Z]+-\d{3}$/);
    assert.notEqual(error.reason, '');
    assert.ok(error.message.includes(error.reason) && error.message.includes(error.code));
  });

  test('a model of a wrong type is the caller’s mistake', async () => {
    await assert.rejects(xquant.inspectOnnxModel(42), { kind: 'usage', code: 'XQ-API-001' });
  });

  test('options of wrong types are named before anything starts', async () => {
    const wrong = {
      signal: {},
      onProgress: 5,
      files: { a: 'text' },
      configName: 5,
      modelName: 5,
      calibration: 5,
    };
    for (const [name, value] of Object.entries(wrong)) {
      const job = xquant.quantizeOnnxModel('{}', 'model.onnx', undefined, { [name]: value });
      await assert.rejects(job, { kind: 'usage', code: 'XQ-API-003', reason: new RegExp(name) });
    }
    const bytes = new Uint8Array(1);
    const others = [
      xquant.quantizeOnnxModel('{}', 'model.onnx', 5),
      xquant.quantizeOnnxModel('{}', 'model.onnx', undefined, null),
      xquant.calibrateOnnxModel('{}', bytes, undefined, { shard: { number: 3, of: 2 } }),
      xquant.calibrateOnnxModel('{}', bytes, undefined, { shard: { number: 1.5, of: 2 } }),
      xquant.mergeCalibrations('a.xqcal'),
      xquant.mergeCalibrations(undefined),
      xquant.checkQuantizedModel(bytes, { samples: 0 }),
      xquant.checkQuantizedModel(bytes, { samples: 1e9 }),
      xquant.checkQuantizedModel(bytes, { seed: -1 }),
      xquant.checkQuantizedModel(bytes, { dataLists: 'list.txt' }),
    ];
    for (const job of others) await assert.rejects(job, { kind: 'usage', code: 'XQ-API-003' });
  });

  test('what is no configuration is refused as such', async () => {
    const cyclic = {};
    cyclic.self = cyclic;
    for (const config of [undefined, () => {}, 10n, cyclic, Symbol('x')]) {
      await assert.rejects(xquant.checkConfig(config), { kind: 'usage', code: 'XQ-API-004' });
    }
    assert.deepEqual(await xquant.checkConfig(Buffer.from('{ /* bytes */ }')), []);
  });

  test('a configuration that is no UTF-8 is refused with its place, not read with other characters', async () => {
    const latin = Buffer.from('{\n  "model_parameters": {"onnx_model": "modèle.onnx"}}', 'latin1');
    for (const config of [latin, new Blob([latin])]) {
      await assert.rejects(xquant.checkConfig(config), (error) => {
        assert.equal(error.code, 'XQ-CFG-001');
        assert.equal(error.kind, 'config');
        assert.deepEqual([error.place.line, error.place.column], [2, 42]);
        return true;
      });
    }
  });

  test('a missing model is the caller’s mistake', async () => {
    for (const call of ['inspectOnnxModel', 'checkQuantizedModel']) {
      await assert.rejects(xquant[call](), { kind: 'usage', code: 'XQ-API-001' });
    }
  });

  test('a fraction of a thread, or a million, is refused', async () => {
    const job = xquant.quantizeOnnxModel('{}', 'model.onnx', undefined, { threads: 1.5 });
    await assert.rejects(job, { kind: 'usage', code: 'XQ-API-002' });
    const many = xquant.quantizeOnnxModel('{}', 'model.onnx', undefined, { threads: 1e6 });
    await assert.rejects(many, { kind: 'usage', code: 'XQ-API-002' });
  });

  test('a configuration that is not there is named', async () => {
    const job = xquant.quantizeOnnxModel('no/such/config.json');
    await assert.rejects(job, {
      kind: 'usage',
      place: { ...nowhere, file: 'no/such/config.json' },
    });
  });
});

const nowhere = { file: '', line: 0, column: 0, pointer: '', node: '', tensor: '' };

describe('checkConfig', () => {
  test('names line and column of the user’s own text', async () => {
    const text =
      '{\n  // how much\n  "calibration_parameters": {\n    "calibration_step": "many"\n  }\n}';
    const error = await xquant
      .checkConfig(text, { configName: 'my.json' })
      .catch((thrown) => thrown);
    assert.equal(error.kind, 'config');
    assert.equal(error.place.file, 'my.json');
    assert.equal(error.place.line, 4);
    assert.equal(error.place.pointer, '/calibration_parameters/calibration_step');
  });

  test('warns of an unknown key with what was meant, refuses it when strict', async () => {
    const text = '{ "model_parametres": {} }';
    const [warning] = await xquant.checkConfig(text);
    assert.equal(warning.severity, 'warning');
    assert.match(`${warning.message} ${warning.fix}`, /model_parameters/);
    await assert.rejects(xquant.checkConfig(text, { strict: true }), { kind: 'config' });
  });

  test('takes comments and trailing commas', async () => {
    assert.deepEqual(await xquant.checkConfig('/* none */ {\n  "model_parameters": {},\n}'), []);
  });
});

test('configSchema is the schema in the repository', async () => {
  const schema = JSON.parse(await xquant.configSchema());
  const source = JSON.parse(readFileSync(join(root, 'core/config/schema.json'), 'utf8'));
  assert.deepEqual(schema, source);
});

describe('int8 golden vectors', () => {
  const folder = join(root, 'tests/int8/golden');
  for (const variant of ['single', 'threads']) {
    test(`have the same bytes in the ${variant} build`, async () => {
      const { cases } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
      const vectors = readFileSync(join(folder, 'vectors.bin'));
      const report = await xquant.checkInt8Vectors(vectors, { variant });
      assert.equal(report.firstMismatch, '');
      assert.equal(report.mismatches, 0);
      assert.equal(report.cases, cases.length);
      assert.match(report.isa, /wasm/);
    });
  }

  test('a changed byte is found', async () => {
    const vectors = new Uint8Array(readFileSync(join(folder, 'vectors.bin')));
    vectors[vectors.length - 1] ^= 1;
    const report = await xquant.checkInt8Vectors(vectors);
    assert.equal(report.mismatches, 1);
  });
});
