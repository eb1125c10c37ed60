/** Which part is to blame; decides the exit status of the command line. */
export type ErrorKind = 'usage' | 'config' | 'model' | 'data' | 'io' | 'cancelled' | 'internal';

/** Where it happened. Empty strings and zeros are not known; line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
  /** JSON pointer (RFC 6901) into the configuration. */
  pointer: string;
  node: string;
  tensor: string;
}

/** What an XquantError consists of, as plain data that crosses between threads. */
export interface ErrorParts {
  /** Stable: "XQ-CFG-003". */
  code: string;
  kind: ErrorKind;
  /** What happened, one sentence. */
  reason: string;
  place: Place;
  /** What to do about it; may be empty. */
  fix: string;
  /** All of it in one text. */
  message: string;
}

interface Details extends Partial<Pick<Place, 'file' | 'line' | 'column'>> {
  fix?: string;
  cause?: unknown;
}

const NOWHERE: Place = { file: '', line: 0, column: 0, pointer: '', node: '', tensor: '' };

/** Every failure of this package. A cancelled job has the name "AbortError", as the platform's own. */
export class XquantError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly place: Place;
  readonly fix: string;

  constructor(parts: ErrorParts, options?: ErrorOptions) {
    super(parts.message, options);
    this.name = parts.kind === 'cancelled' ? 'AbortError' : 'XquantError';
    this.code = parts.code;
    this.kind = parts.kind;
    this.reason = parts.reason;
    this.place = parts.place;
    this.fix = parts.fix;
  }

  /** An error of the JavaScript side, in the form of the core's. */
  static of(
    kind: ErrorKind,
    code: string,
    reason: string,
    { file = '', line = 0, column = 0, fix = '', cause }: Details = {},
  ): XquantError {
    const place = { ...NOWHERE, file, line, column };
    const at = line > 0 ? `${file}:${line}:${column}` : file;
    const message = [reason, `[${code}]`, at && `(${at})`, fix].filter(Boolean).join(' ');
    return new XquantError({ code, kind, reason, place, fix, message }, { cause });
  }

  static cancelled(cause?: unknown): XquantError {
    return XquantError.of('cancelled', 'XQ-RUN-001', 'Cancelled.', { cause });
  }
}

function isErrorParts(value: unknown): value is ErrorParts {
  return value instanceof Error && 'code' in value && 'kind' in value && 'place' in value;
}

/** Plain data for whatever was thrown; what is not ours is an internal error. */
export function toParts(thrown: unknown): ErrorParts {
  if (isErrorParts(thrown)) {
    const { code, kind, reason, place, fix, message } = thrown;
    return { code, kind, reason, place: { ...place }, fix, message };
  }
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const { code, kind, reason, place, fix, message } = XquantError.of(
    'internal',
    'XQ-RUN-900',
    `Internal error: ${what}`,
    { fix: 'Please report this with the model and the configuration.' },
  );
  return { code, kind, reason, place, fix, message };
}
