/** One cell of the report: plain text, and whether the report marks it red. */
export interface Cell {
  readonly text: string;
  readonly hot: boolean;
  /** The number that the text is, for sorting; undefined for anything else. */
  readonly number: number | undefined;
}

export interface Table {
  readonly kind: 'table';
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Block =
  | Table
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'text'; readonly text: string };

const kRed = /^<font color="red">(.*)<\/font>$/;
const kNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads the markdown of a report: pipe tables, headings, lists, paragraphs, red marks. Everything else stays the
 * text that it is; the result holds no markup, so whatever a model calls its nodes cannot become HTML.
 */
export function parseReport(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split(/\r?\n/);
  let at = 0;
  /** The lines from here on that begin in one way. */
  const run = (start: string): string[] => {
    const first = at;
    while (lines[at]?.startsWith(start)) at++;
    return lines.slice(first, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (line.startsWith('|') && isRule(lines[at + 1])) {
      const [head = '', , ...rows] = run('|');
      blocks.push({
        kind: 'table',
        head: cellsOf(head),
        rows: rows.map((row) => cellsOf(row).map(toCell)),
      });
      continue;
    }
    if (line.startsWith('- ')) {
      blocks.push({ kind: 'list', items: run('- ').map((item) => plain(item.slice(2))) });
      continue;
    }
    at++;
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (heading)
      blocks.push({
        kind: 'heading',
        level: heading[1]?.length ?? 1,
        text: plain(heading[2] ?? ''),
      });
    else if (line.trim() !== '') blocks.push({ kind: 'text', text: plain(line) });
  }
  return blocks;
}

function isRule(line: string | undefined): boolean {
  return line !== undefined && /^\|[\s:|-]+\|?\s*$/.test(line);
}

/** Splits at bars that are not escaped. */
function cellsOf(line: string): string[] {
  const cells = line.trim().match(/(?:\\.|[^|\\])*\||(?:\\.|[^|\\])+$/g) ?? [];
  return cells.slice(1).map((cell) => cell.replace(/\|$/, '').trim());
}

/** Undoes the escapes that reports use. */
function plain(text: string): string {
  return text.replace(/\\(.)/g, '$1').replaceAll('&lt;', '<');
}

function toCell(raw: string): Cell {
  const red = kRed.exec(raw);
  const text = plain(red?.[1] ?? raw);
  return { text, hot: red !== null, number: numberOf(text) };
}

function numberOf(text: string): number | undefined {
  if (text === 'inf' || text === '-inf') return text === 'inf' ? Infinity : -Infinity;
  return kNumber.test(text) ? Number(text) : undefined;
}

/** Numbers before texts, numbers by value, texts by code unit. */
export function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  if (a?.number !== undefined && b?.number !== undefined) {
    return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
  }
  if (a?.number !== undefined) return -1;
  if (b?.number !== undefined) return 1;
  const [left, right] = [a?.text ?? '', b?.text ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
}
