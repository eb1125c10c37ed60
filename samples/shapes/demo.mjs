// The main job on this sample, as a user runs it: `npx xquant -c config.json`, then what it cost in accuracy on labelled
// pictures that calibration has not seen. `npm run demo` prepares the machine and runs this.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { predictOnnxModel } from 'xquant';

const here = dirname(fileURLToPath(import.meta.url));
const at = (...path) => relative(process.cwd(), join(here, ...path)) || '.';
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const config = at('config.json');
const floatModel = at('model.onnx');
const int8Model = at('out', 'model.q.onnx');

function quantize() {
  const manifest = createRequire(import.meta.url).resolve('xquant/package.json');
  const cli = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.xquant);
  console.log(`$ npx xquant -c ${config} -o ${int8Model}`);
  const start = performance.now();
  const run = spawnSync(process.execPath, [cli, '-c', config, '-o', int8Model], {
    stdio: 'inherit',
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
  return seconds(start);
}

/** Lines "file<TAB>class" of labels.txt, in the order of list.txt. */
const labels = readFileSync(join(here, 'labelled/labels.txt'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => Number(line.split('\t')[1]));

const indexOfLargest = (scores) => scores.indexOf(Math.max(...scores));

/** The class that the model reads on each labelled picture. */
async function read(model) {
  const labelled = JSON.parse(readFileSync(join(here, 'config.json'), 'utf8'));
  labelled.calibration_parameters.calibration_step = labels.length;
  labelled.calibration_parameters.input_parameters[0].data_list_path = join(
    here,
    'labelled/list.txt',
  );
  const { predictions } = await predictOnnxModel(labelled, model);
  return predictions.map(({ sample, scores }) => ({ sample, answer: indexOfLargest(scores) }));
}

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
const right = (answers) => answers.filter(({ sample, answer }) => answer === labels[sample]).length;

const quantizing = quantize();
const start = performance.now();
const [float, int8] = [await read(floatModel), await read(int8Model)];
const evaluating = seconds(start);
const same = float.filter(({ answer }, i) => answer === int8[i].answer).length;
const size = (path) => `${(statSync(path).size / 1000).toFixed(0)} kB`;

console.log(`
On ${labels.length} labelled pictures that calibration has not seen (${evaluating}):
  float  ${percent(right(float), labels.length)} right, ${size(floatModel)}   ${floatModel}
  int8   ${percent(right(int8), labels.length)} right, ${size(int8Model)}   ${int8Model}
  both give the same class on ${percent(same, labels.length)}

Quantized in ${quantizing}, reading files and starting included.
model   ${int8Model}
report  ${at('out', 'model.q_report.md')}`);
