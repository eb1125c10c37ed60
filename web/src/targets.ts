import type { Option } from './fields.js';

interface TargetFile {
  readonly name: string;
  /** Who runs the model, a colon, and what is particular about it. */
  readonly description: string;
}

/** The data files of the core's targets: another one needs no code here either. */
const files = import.meta.glob<TargetFile>('../../core/plan/targets/*.json', {
  eager: true,
  import: 'default',
});

/** The target that a configuration without one has. */
export const kDefaultTarget = 'spacemit';

/** The targets as choices, the default first. */
export const kTargets: readonly Option[] = Object.values(files)
  .map(({ name, description }) => ({ value: name, label: description.split(':')[0] ?? name }))
  .sort((a, b) => Number(b.value === kDefaultTarget) - Number(a.value === kDefaultTarget));
