import './app.js';

/** The example of web/README.md: everything a page does with the element. */
const quantizer = document.querySelector('xquant-quantizer');
const chooser = document.querySelector<HTMLInputElement>('#model');
const log = document.querySelector('#log');

function say(line: string): void {
  log?.append(`${line}\n`);
}

if (quantizer && chooser) {
  chooser.addEventListener('change', () => (quantizer.model = chooser.files?.[0]));
  quantizer.config = { calibration_parameters: { calibration_type: 'percentile' } };
  quantizer.addEventListener('progress', ({ detail }) => {
    say(`progress: ${detail.phase} ${detail.done}/${detail.total}`);
  });
  quantizer.addEventListener('result', ({ detail }) => {
    say(`result: ${detail.paths.quantizedModel}, ${detail.model.length} bytes`);
  });
  quantizer.addEventListener('error', ({ detail }) => {
    say(`error: ${detail instanceof Error ? detail.message : String(detail)}`);
  });
}
