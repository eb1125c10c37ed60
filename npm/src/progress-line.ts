import type { Progress } from './types.js';

/** Back to the start of the line, and nothing on it. */
const CLEAR = '\r\x1b[K';

/** Progress as one line that is rewritten in place on stderr, with the time that the phase still needs. */
export class ProgressLine {
  readonly #visible: boolean;
  #phase = '';
  #phaseStart = performance.now();
  #timings = '';

  constructor(visible: boolean) {
    this.#visible = visible;
  }

  show({ phase, done, total, remainingSeconds }: Progress): void {
    if (phase !== this.#phase) this.#begin(phase);
    if (!this.#visible) return;
    let line = phase;
    if (total > 0) line += ` ${done}/${total}`;
    if (remainingSeconds !== undefined) line += `, ${remainingSeconds.toFixed(0)} s left`;
    process.stderr.write(CLEAR + line);
  }

  clear(): void {
    this.#begin('');
    if (this.#visible) process.stderr.write(CLEAR);
  }

  /** "calibrate 1.200 s" for each phase that is over, a line each. */
  timings(): string {
    return this.#timings;
  }

  #begin(phase: string): void {
    const now = performance.now();
    const seconds = (now - this.#phaseStart) / 1000;
    if (this.#phase !== '') this.#timings += `${this.#phase} ${seconds.toFixed(3)} s\n`;
    this.#phase = phase;
    this.#phaseStart = now;
  }
}
