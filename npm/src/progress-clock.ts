import type { Progress } from './types.js';

/** Estimates are worth something after this time and this share of the work. */
const SETTLING_MS = 500;
const SETTLING_SHARE = 0.1;

/** Adds the time that remains to reports of progress, phase by phase. */
export class ProgressClock {
  #phase = '';
  #startTime = 0;
  #startDone = 0;
  #done = 0;

  at({ phase, done, total }: Progress): Progress {
    const now = performance.now();
    // A phase that goes through its work once more starts anew.
    if (phase !== this.#phase || done < this.#done) {
      this.#phase = phase;
      this.#startTime = now;
      this.#startDone = done;
    }
    this.#done = done;
    const elapsed = now - this.#startTime;
    const finished = done - this.#startDone;
    const settled = elapsed >= SETTLING_MS && done >= SETTLING_SHARE * total;
    if (total === 0 || finished <= 0 || !settled) return { phase, done, total };
    const remainingSeconds = ((elapsed / finished) * (total - done)) / 1000;
    return { phase, done, total, remainingSeconds };
  }
}
