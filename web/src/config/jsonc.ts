/** JSON with comments and trailing commas, read into nodes that know where they stand in the text. */

export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly value: JsonNode;
}

export type JsonNode = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null }
);

export class JsonError extends Error {
  constructor(
    message: string,
    readonly offset: number,
    readonly pointer: string,
  ) {
    super(message);
  }
}

const kScalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const kString = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const kBlank = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;

class Reader {
  private at = 0;
  private readonly path: (string | number)[] = [];

  constructor(private readonly text: string) {}

  document(): JsonNode {
    const root = this.value();
    this.skipBlank();
    if (this.at < this.text.length) this.fail('Nothing may follow the closing brace.');
    return root;
  }

  private value(): JsonNode {
    this.skipBlank();
    const start = this.at;
    const char = this.text[start];
    if (char === '{') return this.object(start);
    if (char === '[') return this.array(start);
    const raw = char === '"' ? this.string() : this.match(kScalar);
    if (raw === undefined) this.fail('A value is expected here.');
    const value = JSON.parse(raw) as string | number | boolean | null;
    return { kind: 'scalar', value, start, end: this.at };
  }

  private object(start: number): JsonNode {
    const members: JsonMember[] = [];
    this.sequence('}', () => {
      const keyStart = this.at;
      if (this.text[keyStart] !== '"') this.fail('A key in double quotes is expected here.');
      const key = JSON.parse(this.string()) as string;
      this.path.push(key);
      this.skipBlank();
      if (this.text[this.at] !== ':') this.fail(`A colon is expected after "${key}".`);
      this.at++;
      members.push({ key, keyStart, value: this.value() });
      this.path.pop();
    });
    return { kind: 'object', members, start, end: this.at };
  }

  private array(start: number): JsonNode {
    const items: JsonNode[] = [];
    this.sequence(']', () => {
      this.path.push(items.length);
      items.push(this.value());
      this.path.pop();
    });
    return { kind: 'array', items, start, end: this.at };
  }

  /** Elements between brackets, separated by commas, one comma allowed at the end. */
  private sequence(close: string, element: () => void): void {
    this.at++;
    for (;;) {
      this.skipBlank();
      if (this.text[this.at] === close) break;
      element();
      this.skipBlank();
      if (this.text[this.at] === close) break;
      if (this.text[this.at] !== ',') this.fail(`A comma or "${close}" is expected here.`);
      this.at++;
    }
    this.at++;
  }

  private string(): string {
    return this.match(kString) ?? this.fail('This text has no closing quote or a bad escape.');
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skipBlank(): void {
    this.match(kBlank);
    if (this.text.startsWith('/*', this.at)) this.fail('This comment has no end.');
  }

  private fail(message: string): never {
    throw new JsonError(message, this.at, toPointer(this.path));
  }
}

/** Throws JsonError. */
export function parseJsonc(text: string): JsonNode {
  return new Reader(text).document();
}

/** The plain JavaScript value of a node; of a repeated key the last one counts, as everywhere. */
export function toValue(node: JsonNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'array') return node.items.map(toValue);
  return Object.fromEntries(node.members.map((member) => [member.key, toValue(member.value)]));
}

/** JSON pointer (RFC 6901). */
export function toPointer(path: readonly (string | number)[]): string {
  return path.map((p) => `/${String(p).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** 1-based line, and 1-based column in bytes of UTF-8: the core counts like this. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { line, column: new TextEncoder().encode(before.slice(lineStart)).length + 1 };
}

/** The inverse of positionOf. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, part) => sum + part.length + 1, 0);
  const bytes = new TextEncoder().encode(lines[line - 1] ?? '').slice(0, Math.max(0, column - 1));
  return Math.min(text.length, start + new TextDecoder().decode(bytes).length);
}
