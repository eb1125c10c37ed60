// quantizeOnnxModel in Node, on the sample.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  filesBelow,
  sampleConfig,
  sampleFolder,
  sampleImages,
  sha256,
  temporaryFolder,
  webpFolder,
  withoutSample,
  xquant,
} from './support.mjs';

const { quantizeOnnxModel } = xquant;

describe('quantizeOnnxModel', { skip: withoutSample }, () => {
  test('stores model and report where the output says, as it returns them', async (t) => {
    const folder = temporaryFolder(t);
    const output = join(folder, 'new/folder/small.onnx');
    const result = await quantizeOnnxModel(sampleConfig(4), undefined, output);
    assert.equal(result.written, true);
    assert.equal(result.paths.quantizedModel, output);
    assert.deepEqual(filesBelow(folder).sort(), [
      'small.onnx',
      'small_report.html',
      'small_report.json',
      'small_report.md',
    ]);
    assert.deepEqual(new Uint8Array(readFileSync(output)), result.model);
    assert.equal(readFileSync(result.paths.report, 'utf8'), result.report);
  });

  test('returns sizes, counts and quality that fit together', async () => {
    const { summary, model, report } = await quantizeOnnxModel(
      sampleConfig(4),
      undefined,
      undefined,
      {
        write: false,
      },
    );
    assert.equal(summary.samples, 4);
    assert.equal(summary.skippedSamples, 0);
    assert.equal(summary.quantizedBytes, model.byteLength);
    assert.equal(summary.floatBytes, readFileSync(join(sampleFolder, 'model.onnx')).byteLength);
    assert.ok(summary.quantizedBytes < summary.floatBytes / 2, 'int8 weights take a quarter');
    assert.ok(summary.quantizedOperators > 0);
    assert.ok(summary.outputs[0].sqnrDb > 10, `SQNR ${summary.outputs[0].sqnrDb} dB`);
    assert.match(report, /^\|/m);
  });

  test('bytes in, bytes out: a model without a path leaves no file', async (t) => {
    const folder = temporaryFolder(t);
    const before = process.cwd();
    process.chdir(folder);
    t.after(() => process.chdir(before));
    const model = readFileSync(join(sampleFolder, 'model.onnx'));
    const result = await quantizeOnnxModel(sampleConfig(2), new Blob([model]));
    assert.equal(result.written, false);
    assert.deepEqual(filesBelow(folder), []);
  });

  test('files that are handed over answer to the paths in configuration and list', async () => {
    const files = {
      'model.onnx': readFileSync(join(sampleFolder, 'model.onnx')),
      'list.txt': new Blob(['a/0.png\na/1.png\n']),
      'a/0.png': readFileSync(sampleImages(2)[0]),
      'a/1.png': new Blob([readFileSync(sampleImages(2)[1])]),
    };
    const given = sampleConfig(2, (config) => {
      config.model_parameters.onnx_model = 'model.onnx';
      config.calibration_parameters.input_parameters[0].data_list_path = 'list.txt';
    });
    const options = { files, write: false };
    const fromMemory = await quantizeOnnxModel(given, undefined, undefined, options);
    const fromDisk = await quantizeOnnxModel(sampleConfig(2), undefined, undefined, options);
    assert.equal(sha256(fromMemory.model), sha256(fromDisk.model));
    assert.equal(fromMemory.report, fromDisk.report);
  });

  test('WebP images without loss calibrate as the PNG images that they were made from', async () => {
    const given = sampleConfig(2, (config) => {
      config.calibration_parameters.input_parameters[0].data_list_path = 'list.txt';
    });
    const quantized = async (images) => {
      const [first, second] = images.map((path) => readFileSync(path));
      const files = { 'list.txt': new Blob(['0\n1\n']), 0: first, 1: second };
      return quantizeOnnxModel(given, undefined, undefined, { files, write: false });
    };
    const webp = await quantized(['000.webp', '001.webp'].map((name) => join(webpFolder, name)));
    const png = await quantized(sampleImages(2));
    assert.equal(sha256(webp.model), sha256(png.model));
    assert.equal(webp.report, png.report);
  });

  test('one thread, several threads and the build without threads give the same bytes', async () => {
    const variants = [
      { variant: 'single' },
      { variant: 'threads', threads: 1 },
      { variant: 'threads', threads: 2 },
      { variant: 'threads', threads: 3 },
    ];
    const hashes = new Set();
    for (const variant of variants) {
      const options = { ...variant, write: false };
      const { model, report } = await quantizeOnnxModel(
        sampleConfig(8),
        undefined,
        undefined,
        options,
      );
      hashes.add(`${sha256(model)} ${sha256(report)}`);
    }
    assert.equal(hashes.size, 1, [...hashes].join('\n'));
  });

  test('reports progress in phases that never go back', async () => {
    const seen = [];
    const onProgress = (progress) => seen.push(progress);
    await quantizeOnnxModel(sampleConfig(8), undefined, undefined, { onProgress, write: false });
    assert.ok(seen.length > 2);
    for (const [index, now] of seen.entries()) {
      assert.ok(now.total === 0 || now.done <= now.total, JSON.stringify(now));
      const before = seen[index - 1];
      if (before?.phase === now.phase) assert.ok(now.done >= before.done);
    }
    assert.equal(new Set(seen.map(({ phase }) => phase)).size, countChanges(seen));
  });

  test('says what is wrong with the configuration before it fails for another reason', async () => {
    const config = sampleConfig(1, (changed) => (changed.model_parametres = {}));
    const heard = [];
    const onConfigNotes = (notes) => heard.push(...notes.map(({ code }) => code));
    const job = quantizeOnnxModel(config, 'missing.onnx', undefined, { onConfigNotes });
    await assert.rejects(job, { code: 'XQ-CLI-010' });
    assert.ok(heard.includes('XQ-CFG-101'), heard.join());
  });

  test('what onProgress throws ends the work and reaches the caller', async () => {
    const onProgress = () => {
      throw new RangeError('enough');
    };
    const job = quantizeOnnxModel(sampleConfig(4), undefined, undefined, {
      onProgress,
      write: false,
    });
    await assert.rejects(job, { name: 'RangeError', message: 'enough' });
  });

  test('keeps the caller responsive while it works', async () => {
    let ticks = 0;
    const timer = setInterval(() => ++ticks, 5);
    await quantizeOnnxModel(sampleConfig(16), undefined, undefined, { threads: 1, write: false });
    clearInterval(timer);
    assert.ok(ticks > 5, `${ticks} ticks of 5 ms`);
  });
});

function countChanges(seen) {
  return seen.filter(({ phase }, index) => seen[index - 1]?.phase !== phase).length;
}

describe('cancelling', { skip: withoutSample }, () => {
  test('rejects within 200 ms and leaves no file', async (t) => {
    const folder = temporaryFolder(t);
    const output = join(folder, 'q.onnx');
    const abort = new AbortController();
    let aborted = 0;
    const onProgress = ({ phase, done }) => {
      if (phase === 'load' || done < 1 || aborted) return;
      aborted = performance.now();
      abort.abort();
    };
    const options = { onProgress, signal: abort.signal };
    const job = quantizeOnnxModel(sampleConfig(100), undefined, output, options);
    await assert.rejects(job, { name: 'AbortError', kind: 'cancelled', code: 'XQ-RUN-001' });
    const milliseconds = performance.now() - aborted;
    assert.ok(milliseconds < 200, `${milliseconds} ms`);
    assert.deepEqual(filesBelow(folder), []);
    assert.equal(existsSync(output), false);
  });

  test('an aborted signal starts nothing', async () => {
    const signal = AbortSignal.abort('no longer wanted');
    const job = quantizeOnnxModel(sampleConfig(1), undefined, undefined, { signal });
    await assert.rejects(job, { name: 'AbortError', cause: 'no longer wanted' });
  });
});
