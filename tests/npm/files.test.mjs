// How a page's files answer to the paths of a configuration.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageFolder } from './support.mjs';

const { FileIndex, normalPath } = await import(join(packageFolder, 'dist/files.js'));

describe('FileIndex', () => {
  const index = (...keys) => new FileIndex(keys, 'by-ending');

  test('prefers the exact path, then the normalised one', () => {
    assert.deepEqual(index('a.png', 'x/a.png').find('x/a.png'), { key: 'x/a.png' });
    assert.deepEqual(index('x/a.png', 'y/a.png').find('./x//b/../a.png'), { key: 'x/a.png' });
  });

  test('knows a dropped file by its name', () => {
    assert.deepEqual(index('a.png', 'b.png').find('calib/a.png'), { key: 'a.png' });
    assert.deepEqual(index('a.png').find('C:\\data\\calib\\a.png'), { key: 'a.png' });
  });

  test('knows a file of a dropped folder by its last parts', () => {
    assert.deepEqual(index('top/x/a.png', 'top/y/a.png').find('y/a.png'), { key: 'top/y/a.png' });
  });

  test('says when several files could be meant', () => {
    const { missing } = index('x/a.png', 'y/a.png').find('a.png');
    assert.match(missing, /'x\/a\.png' or 'y\/a\.png'/);
  });

  test('never lets one file stand for two paths', () => {
    const files = index('a.png');
    const first = files.find('cats/a.png');
    files.claim('cats/a.png', first.key);
    assert.deepEqual(files.find('cats/a.png'), { key: 'a.png' });
    assert.match(files.find('dogs/a.png').missing, /already stands for 'cats\/a\.png'/);
  });

  test('guesses nothing where paths are exact', () => {
    assert.ok('missing' in new FileIndex(['a.png'], 'exact').find('calib/a.png'));
  });
});

test('normalPath keeps what it cannot resolve', () => {
  assert.equal(normalPath('../../a'), '../../a');
  assert.equal(normalPath('./a/./b/../c'), 'a/c');
});
