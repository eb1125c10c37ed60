/** One cell of the report: plain text, and whether the report marks it red. */
export interface Cell {
  readonly text: string;
  readonly hot: boolean;
  /** The number that the text is, for sorting; undefined for anything else. */
  readonly number: number | undefined;
}

export type Block =
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
    }
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'text'; readonly text: string };

const kRed = /^<font color="red">(.*)<\/font>$/;
const kNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads the markdown of a report: pipe tables, headings, paragraphs, red marks. Everything else stays the text
 * that it is; the result holds no markup, so whatever a model calls its nodes cannot become HTML.
 */
export function parseReport(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.trim() === '') continue;
    if (line.startsWith('|') && isRule(lines[i + 1])) {
      const head = cellsOf(line);
      const rows: Cell[][] = [];
      for (i += 2; lines[i]?.startsWith('|'); i++) rows.push(cellsOf(lines[i] ?? '').map(toCell));
      i--;
      blocks.push({ kind: 'table', head, rows });
      continue;
    }
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (heading)
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
    else blocks.push({ kind: 'text', text: line });
  }
  return blocks;
}

function isRule(line: string | undefined): boolean {
  return line !== undefined && /^\|[\s:|-]+\|?\s*$/.test(line);
}

/** Splits at bars that are not escaped. */
function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function toCell(raw: string): Cell {
  const red = kRed.exec(raw);
  const text = red?.[1] ?? raw;
  return { text, hot: red !== null, number: kNumber.test(text) ? Number(text) : undefined };
}

/** Numbers before texts, numbers by value, texts by code unit. */
export function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  if (a?.number !== undefined && b?.number !== undefined) return a.number - b.number;
  if (a?.number !== undefined) return -1;
  if (b?.number !== undefined) return 1;
  const [left, right] = [a?.text ?? '', b?.text ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}
