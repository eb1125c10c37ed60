// The peers' table of the evaluation folder: | model | tool, setting | metric | agreement | SQNR dB | CPU s | RSS MB | Q/DQ |.
import { existsSync, readFileSync } from 'node:fs';

/** Rows with a figure that quantize the whole model; "onnxsim default" leaves the activations between operators float. */
const counts = ([, tool, , , sqnr]) => sqnr !== '' && !tool.startsWith('onnxsim default');

/** Every row of the table that has all cells. */
export function peerRows(path) {
  if (!existsSync(path)) return [];
  const rows = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
  return rows.filter((cells) => cells.length === 8);
}

/** Model -> the row of the peer with the best SQNR, as cells of the accuracy table. */
export function bestPeers(path) {
  const best = new Map();
  for (const cells of peerRows(path)) {
    if (!counts(cells) || Number.isNaN(Number(cells[4]))) continue;
    const [model, tool, metric, agreement, sqnr, cpu, rss] = cells;
    if (best.has(model) && Number(best.get(model)[0][4]) >= Number(sqnr)) continue;
    best.set(model, [
      [model, `*best peer: ${tool}*`, metric, agreement, sqnr, '', '', '', cpu, rss],
    ]);
  }
  return best;
}
