// The licences of what others wrote go with what contains it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageFolder, root } from './support.mjs';

const kFile = 'THIRD-PARTY-LICENSES.txt';
const kOnlyInTests = ['benchmark', 'googletest'];

describe('licences', () => {
  const text = readFileSync(join(packageFolder, kFile), 'utf8');

  test('every library that is linked is named', () => {
    const files = readdirSync(join(root, 'core/cmake/third_party'));
    const names = files.filter((file) => file.endsWith('.cmake')).map((file) => file.slice(0, -6));
    for (const name of names.filter((one) => !kOnlyInTests.includes(one)))
      assert.ok(text.includes(`(${name})`), name);
  });

  test('every package that the page is bundled from is named', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'web/package.json'), 'utf8'));
    for (const name of Object.keys(dependencies).filter((one) => one !== 'xquant'))
      assert.ok(text.includes(`\n  ${name} `), name);
  });

  test('npm packs the list', () => {
    const { files } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
    assert.ok(files.includes(kFile));
  });

  test('the page has the list beside it', () => {
    assert.equal(readFileSync(join(root, 'web/dist', kFile), 'utf8'), text);
  });
});
