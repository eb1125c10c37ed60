import { html } from 'lit';

/** One choice of a select. */
export interface Option {
  readonly value: string;
  readonly label: string;
}

/** A value that the configuration has and the list does not is shown as it is. */
export function select(
  id: string,
  options: readonly Option[],
  value: string,
  changed: (value: string) => void,
) {
  const all = options.some((option) => option.value === value)
    ? options
    : [...options, { value, label: value }];
  return html`<select
    id=${id}
    @change=${(event: Event) => changed((event.target as HTMLSelectElement).value)}
  >
    ${all.map((option) => html`<option value=${option.value} .selected=${option.value === value}>${option.label}</option>`)}
  </select>`;
}

export function numberFrom(event: Event): number | undefined {
  const { value } = event.target as HTMLInputElement;
  return value === '' || Number.isNaN(Number(value)) ? undefined : Number(value);
}

export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
