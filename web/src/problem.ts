import type { Diagnostic, Place } from 'xquant';
import { XquantError } from 'xquant';
import { JsonError, positionOf } from './config/jsonc.js';

/** Something that went wrong or that the user should know, as the page shows it. */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: string;
  readonly message: string;
  readonly place: Partial<Place>;
  readonly fix: string;
}

/** Something to know that the page itself says. */
export function notice(severity: Problem['severity'], message: string, fix = ''): Problem {
  return { severity, code: '', message, place: {}, fix };
}

export function fromDiagnostic(diagnostic: Diagnostic): Problem {
  const { severity, code, message, place, fix } = diagnostic;
  return { severity: severity === 'warning' ? 'warning' : 'info', code, message, place, fix };
}

/** Any thrown thing. configText gives a syntax error its line and column. */
export function fromError(error: unknown, configText = ''): Problem {
  if (error instanceof XquantError) {
    const { code, reason, place, fix } = error;
    return { severity: 'error', code, message: reason, place, fix };
  }
  if (error instanceof JsonError) {
    const place = { pointer: error.pointer, ...positionOf(configText, error.offset) };
    return { severity: 'error', code: '', message: error.message, place, fix: '' };
  }
  const message = error instanceof Error ? error.message : String(error);
  return notice('error', message);
}

/** Why a dropped file is not used: what the package says against it, or that the browser may not read it. */
export function fromReading(path: string, error: unknown): Problem {
  if (error instanceof XquantError) return fromError(error);
  return notice('error', `${path}: the browser may not read this file.`);
}

/** "line 4, column 9, at /calibration_parameters/calibration_type", what is known of it; "" for nothing. */
export function placeText(place: Partial<Place>): string {
  const parts = [
    place.file && `file ${place.file}`,
    place.line && `line ${place.line}`,
    place.line && place.column && `column ${place.column}`,
    place.pointer && `at ${place.pointer}`,
    place.node && `node ${place.node}`,
    place.tensor && `tensor ${place.tensor}`,
  ];
  return parts.filter(Boolean).join(', ');
}
