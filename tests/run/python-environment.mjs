// The Python that tests compare with, made from tests/requirements.txt in the cache.
import { join } from 'node:path';
import { component, contentKey } from '../../core/setup/cache.mjs';
import { root } from '../../core/setup/steps.mjs';

export function pythonEnvironment() {
  const script = join(root, 'tests/run/python-environment.sh');
  const requirements = join(root, 'tests/requirements.txt');
  const key = contentKey(`file:${script}`, `file:${requirements}`);
  return component('python', key, script, [requirements]);
}
