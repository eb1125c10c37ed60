// A copy of a model's configuration of $XQUANT_DATA with other settings.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes it into `folder` and returns its path; the paths in it stay relative to the data folder. */
export function configure(data, model, settings, folder) {
  const config = JSON.parse(readFileSync(join(data, 'configs', `${model}.json`), 'utf8'));
  const { calibration_type, calibration_step, ...quantization } = settings;
  Object.assign(config.calibration_parameters, { calibration_type: calibration_type ?? 'default' });
  if (calibration_step) config.calibration_parameters.calibration_step = calibration_step;
  config.quantization_parameters = { ...config.quantization_parameters, ...quantization };
  config.model_parameters.working_dir = join(folder, 'out', model);
  config.model_parameters.output_prefix ??= model;
  const path = join(folder, `${model}.json`);
  writeFileSync(path, JSON.stringify(config));
  return path;
}
