import { parseJsonc, type JsonNode } from './jsonc.js';

/**
 * Changes one value inside a configuration text and leaves everything else as it was written: comments,
 * order, spelling, unknown keys. undefined removes the key.
 */
export function setValue(text: string, path: readonly (string | number)[], value: unknown): string {
  let node = parseJsonc(text);
  for (let depth = 0; depth < path.length; depth++) {
    const next = child(node, path[depth]);
    if (next) {
      node = next;
      continue;
    }
    if (value === undefined) return text;
    const rest = path
      .slice(depth + 1)
      .reduceRight<unknown>(
        (inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }),
        value,
      );
    return insert(text, node, path[depth], rest);
  }
  if (value === undefined) return remove(text, path);
  return splice(text, node.start, node.end, format(value, indentAt(text, node.start)));
}

/** JSON with two spaces of indentation and lists of plain values on one line. */
export function format(value: unknown, indent = ''): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) {
      return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    }
    return `[\n${value.map((item) => deeper + format(item, deeper)).join(',\n')}\n${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const lines = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${format(item, deeper)}`);
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}

function child(node: JsonNode, key: string | number | undefined): JsonNode | undefined {
  if (node.kind === 'array' && typeof key === 'number') return node.items[key];
  if (node.kind !== 'object') return undefined;
  return node.members.findLast((member) => member.key === key)?.value;
}

function insert(text: string, node: JsonNode, key: string | number | undefined, value: unknown) {
  if (node.kind !== (typeof key === 'number' ? 'array' : 'object')) return text;
  const children = node.kind === 'object' ? node.members.map((m) => m.value) : node.items;
  const starts =
    node.kind === 'object' ? node.members.map((m) => m.keyStart) : children.map((c) => c.start);
  const last = children.at(-1);
  const outer = indentAt(text, node.start);
  const first = starts[0];
  const inline = first !== undefined && !text.slice(node.start, first).includes('\n');
  const indent = first === undefined || inline ? `${outer}  ` : indentAt(text, first);
  const name = node.kind === 'object' ? `${JSON.stringify(key)}: ` : '';
  const line = inline
    ? ` ${name}${format(value, outer)}`
    : `\n${indent}${name}${format(value, indent)}`;
  if (last) return splice(text, last.end, last.end, `,${line}`);
  return splice(text, node.start + 1, node.end - 1, `${line}\n${outer}`);
}

function remove(text: string, path: readonly (string | number)[]): string {
  let node = parseJsonc(text);
  for (const key of path.slice(0, -1)) node = child(node, key) ?? node;
  if (node.kind !== 'object') return text;
  const index = node.members.findLastIndex((member) => member.key === path.at(-1));
  const member = node.members[index];
  if (!member) return text;
  const previous = node.members[index - 1];
  const next = node.members[index + 1];
  if (previous) return splice(text, previous.value.end, member.value.end, '');
  if (next) return splice(text, member.keyStart, next.keyStart, '');
  return splice(text, node.start + 1, node.end - 1, '');
}

function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
}

function splice(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
