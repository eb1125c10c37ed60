// The peers' table of the evaluation folder: | model | tool, setting | metric | agreement | SQNR dB | CPU s | RSS MB | Q/DQ |.
import { existsSync, readFileSync } from 'node:fs';

/** Rows with a figure that quantize the whole model; "onnxsim default" leaves the activations between operators float. */
const counts = ([, tool, , , sqnr]) => sqnr !== '' && !tool.startsWith('onnxsim default');

/** Model -> the row of the peer with the best SQNR, as cells of the accuracy table. */
export function bestPeers(path) {
  const best = new Map();
  if (!existsSync(path)) return best;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (cells.length !== 8 || !counts(cells) || Number.isNaN(Number(cells[4]))) continue;
    const [model, tool, metric, agreement, sqnr, cpu, rss] = cells;
    if (best.has(model) && Number(best.get(model)[0][4]) >= Number(sqnr)) continue;
    best.set(model, [
      [model, `*best peer: ${tool}*`, metric, agreement, sqnr, '', '', '', cpu, rss],
    ]);
  }
  return best;
}
