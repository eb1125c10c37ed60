import { XquantError } from './errors.js';

/** More do not help: calibration shares samples out, and each thread holds an arena of its own. */
const DEFAULT_MOST = 8;
/** The same for the command line. Each is a worker. */
const MOST = 256;

/** The number of threads for what a caller asks for; undefined and 0 leave the choice to us. */
export function chooseThreads(wanted: number | undefined, cores: number, most: number): number {
  if (wanted !== undefined && (!Number.isInteger(wanted) || wanted < 0 || wanted > MOST)) {
    const reason = `threads must be a whole number from 1 to ${MOST}, got ${wanted}.`;
    throw XquantError.of('usage', 'XQ-API-002', reason);
  }
  return Math.min(wanted || Math.min(cores, DEFAULT_MOST), most);
}
