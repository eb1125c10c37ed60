/** "1.9 MB": powers of 1000, as file managers show. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} bytes`;
  const units = ['kB', 'MB', 'GB'];
  let value = count / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** "463,424" up to a million, then "11.7 million". */
export function quantity(count: number): string {
  if (count < 1e6) return count.toLocaleString('en');
  return `${(count / 1e6).toFixed(1)} million`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

/** "0.3 s", "3 s", "2 min 5 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** "N × 3 × 224 × 224"; a scalar has no axes. */
export function shapeText(shape: readonly (string | number)[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}

const kPhases: Readonly<Record<string, string>> = {
  start: 'Starting',
  load: 'Reading the model',
  check: 'Running the int8 model',
  pixels: 'Looking at pixels',
  observe: 'Looking at channels',
  equalize: 'Equalizing channels',
  'scale columns': 'Scaling columns of weights',
  'split channels': 'Splitting wide channels',
  smooth: 'Smoothing normalizations',
  calibrate: 'Watching the calibration data',
  'float outputs': 'Running the float model',
  'choose ranges': 'Choosing ranges',
  gather: 'Gathering inputs of layers',
  reconstruct: 'Fitting weights and biases',
  tune: 'Tuning',
  sensitivity: 'Measuring what rounding costs',
  write: 'Writing the int8 model',
  analyse: 'Comparing int8 with float',
  isolate: 'Measuring operators one by one',
  'look at samples': 'Running the float model again',
  'what if': 'Trying operators in float',
  'level samples': 'Running the float model again',
  levels: 'Comparing precision levels',
};

/** Plain words for a phase of the core; its own name where there are none. */
export function phaseText(phase: string): string {
  return kPhases[phase] ?? phase.charAt(0).toUpperCase() + phase.slice(1);
}
