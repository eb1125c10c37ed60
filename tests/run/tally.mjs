// Results of suites: { passed, failed, skipped, notes, rerun }. A note is a line for the reader: why
// something was skipped, or what failed.
import { say } from '../../core/setup/steps.mjs';

const line = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

const shownSkips = 10;

export const skippedSuite = (why) => ({
  passed: 0,
  failed: 0,
  skipped: 1,
  notes: [`skipped: ${why}`],
});

export class Tally {
  total = { passed: 0, failed: 0, skipped: 0 };

  add(name, result, time = '  0.0') {
    for (const kind of Object.keys(this.total)) this.total[kind] += result[kind];
    say(`[${time} s] ${name}: ${line(result)}`);
    const notes = [...new Set(result.notes)];
    const skips = notes.filter((note) => note.startsWith('skipped'));
    const shown = notes.filter((note) => !skips.includes(note)).concat(skips.slice(0, shownSkips));
    for (const note of shown) say(`          ${note}`);
    if (skips.length > shownSkips) {
      say(`          and ${skips.length - shownSkips} more reasons: build/logs`);
    }
    if (result.failed > 0 && result.rerun) say(`          again: ${result.rerun}`);
  }

  /** Prints the last line; returns the exit status. */
  finish() {
    say(line(this.total));
    return this.total.failed > 0 ? 1 : 0;
  }
}
