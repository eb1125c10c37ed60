// The signature of the product: the same model and report, byte for byte, from the native program, from Node and
// from Chromium, with one thread and with two.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { filesOf, openChromium } from './chromium.mjs';
import {
  nativeProgram,
  packageFolder,
  runCommand,
  sampleFolder,
  sha256,
  temporaryFolder,
  webpFolder,
  withoutSample,
  xquant,
} from '../npm/support.mjs';

const data = process.env.XQUANT_DATA ?? '';
/** Calibration samples for each: all of them would take minutes and show nothing more. */
const models = {
  mobilenet_v1_025: 4,
  cifar_resnet20: 8,
  kws_dscnn: 8,
  tiny_darknet: 4,
  super_resolution: 2,
};

/** Every job: a name, the configuration with absolute paths, and a reason to skip it. */
const jobs = [
  {
    name: 'samples/shapes',
    path: join(sampleFolder, 'config.json'),
    base: sampleFolder,
    skip: withoutSample,
  },
  {
    name: 'samples/shapes, WebP images',
    path: join(sampleFolder, 'config.json'),
    base: sampleFolder,
    skip: withoutSample,
    steps: 4,
    list: join(webpFolder, 'list.txt'),
  },
  ...Object.entries(models).map(([name, steps]) => {
    const path = join(data, 'configs', `${name}.json`);
    const skip = data && existsSync(path) ? false : 'XQUANT_DATA has no such model';
    return { name, path, base: data, skip, steps };
  }),
];

function readJob({ path, base, steps, list }) {
  const config = JSON.parse(readFileSync(path, 'utf8'));
  const { model_parameters: model, calibration_parameters: calibration } = config;
  model.onnx_model = resolve(base, model.onnx_model);
  delete model.working_dir;
  if (steps) calibration.calibration_step = steps;
  for (const input of calibration.input_parameters) {
    input.data_list_path = list ?? resolve(base, input.data_list_path);
  }
  return config;
}

const hashes = ({ model, report }) => ({ model: sha256(model), report: sha256(report) });

async function inNode(config, options) {
  return hashes(
    await xquant.quantizeOnnxModel(config, undefined, undefined, { ...options, write: false }),
  );
}

async function nativeRun(t, program, config, threads) {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'cfg.json'), JSON.stringify(config));
  const args = ['-c', 'cfg.json', '-o', 'q.onnx', '--threads', String(threads), '--quiet'];
  const { status, stderr } = await runCommand(program, args, { cwd: folder });
  assert.equal(status, 0, stderr);
  const read = (name) => readFileSync(join(folder, name));
  return hashes({ model: read('q.onnx'), report: read('q_report.md') });
}

describe('same bytes', { concurrency: false }, () => {
  const native = nativeProgram();
  const chromium = {};

  before(async () => {
    for (const isolation of ['isolated', 'plain']) {
      chromium[isolation] = await openChromium(join(packageFolder, 'dist'), isolation);
    }
  });
  after(() => Promise.all(Object.values(chromium).map((browser) => browser?.close())));

  for (const job of jobs) {
    describe(job.name, { skip: job.skip }, () => {
      let config;
      let expected;

      before(async () => {
        if (job.skip) return;
        config = readJob(job);
        expected = await inNode(config, { threads: 1, variant: 'single' });
      });

      for (const threads of [1, 2]) {
        test(`Node, threads build, ${threads} thread(s)`, async () => {
          assert.deepEqual(await inNode(config, { threads, variant: 'threads' }), expected);
        });

        const withoutNative = native ? false : 'the native program is not built';
        test(`native, ${threads} thread(s)`, { skip: withoutNative }, async (t) => {
          assert.deepEqual(await nativeRun(t, native, config, threads), expected);
        });

        test(`Chromium, isolated, ${threads} thread(s)`, async (t) => {
          if (!chromium.isolated) return t.skip('there is no Chromium');
          const result = await chromium.isolated.quantize(config, filesOf(config), threads);
          assert.deepEqual(
            { isolated: result.isolated, threads: result.threads },
            { isolated: true, threads },
          );
          assert.deepEqual(hashes(result), expected);
        });
      }

      test('Chromium, not isolated', async (t) => {
        if (!chromium.plain) return t.skip('there is no Chromium');
        const result = await chromium.plain.quantize(config, filesOf(config), 2);
        assert.deepEqual(
          { isolated: result.isolated, threads: result.threads },
          { isolated: false, threads: 1 },
        );
        assert.deepEqual(hashes(result), expected);
      });
    });
  }
});
