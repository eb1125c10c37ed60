import { expect, test } from '@playwright/test';
import { format, setValue } from '../../web/src/config/edit.js';
import { readForm, setInputField } from '../../web/src/config/form.js';
import {
  JsonError,
  offsetOf,
  parseJsonc,
  positionOf,
  toValue,
} from '../../web/src/config/jsonc.js';
import { assign } from '../../web/src/files/assign.js';
import type { DataItem } from '../../web/src/files/kinds.js';
import { compareCells, parseReport } from '../../web/src/report/markdown.js';

test.describe('JSON with comments', () => {
  test('reads what JSON.parse reads', () => {
    const value = { a: [1, -2.5e3, true, null], b: { c: 'x\n"y" ü \\ /' }, d: [], e: {} };
    for (const indent of [0, 2]) {
      expect(toValue(parseJsonc(JSON.stringify(value, null, indent)))).toEqual(value);
    }
  });

  test('accepts comments and trailing commas', () => {
    const text = '// one\n{ "a": /* two */ [1, 2,], // three\n "b": 3, }\n';
    expect(toValue(parseJsonc(text))).toEqual({ a: [1, 2], b: 3 });
  });

  const wrong = [
    { text: '{"a": 1 "b": 2}', line: 1, column: 9, pointer: '' },
    { text: '{\n  "a": {\n    "b": [1, x]\n  }\n}', line: 3, column: 14, pointer: '/a/b/1' },
    { text: '{"ü": 01}', line: 1, column: 9, pointer: '' },
    { text: '{"a": "open', line: 1, column: 7, pointer: '/a' },
    { text: '{"a/b": }', line: 1, column: 9, pointer: '/a~1b' },
    { text: '{} {}', line: 1, column: 4, pointer: '' },
    { text: '', line: 1, column: 1, pointer: '' },
  ];
  for (const { text, line, column, pointer } of wrong) {
    test(`says where ${JSON.stringify(text)} is wrong`, () => {
      const error = errorOf(() => parseJsonc(text));
      expect(error).toBeInstanceOf(JsonError);
      const { offset, pointer: found } = error as JsonError;
      expect({ ...positionOf(text, offset), pointer: found }).toEqual({ line, column, pointer });
      expect(offsetOf(text, line, column)).toBe(offset);
    });
  }
});

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

test.describe('editing a configuration', () => {
  const text = '{\n  // mine\n  "a": { "x": 1, "y": [1, 2] }, /* keep */\n  "b": "c",\n}\n';

  test('replaces one value and nothing else', () => {
    expect(setValue(text, ['a', 'y'], [3])).toBe(text.replace('[1, 2]', '[3]'));
    expect(setValue(text, ['b'], 'd')).toBe(text.replace('"c"', '"d"'));
  });

  test('adds a key where the text has none', () => {
    const added = setValue(setValue(text, ['a', 'z'], true), ['n', 'e', 0, 'w'], 1);
    expect(toValue(parseJsonc(added))).toEqual({
      a: { x: 1, y: [1, 2], z: true },
      b: 'c',
      n: { e: [{ w: 1 }] },
    });
    expect(added).toContain('// mine');
    expect(added).toContain('/* keep */');
  });

  test('removes the first, a middle, the last and the only key', () => {
    const object = '{ "a": 1, "b": 2, "c": 3, }';
    const without = (...keys: string[]) =>
      toValue(parseJsonc(keys.reduce((left, key) => setValue(left, [key], undefined), object)));
    expect(without('a')).toEqual({ b: 2, c: 3 });
    expect(without('b')).toEqual({ a: 1, c: 3 });
    expect(without('c')).toEqual({ a: 1, b: 2 });
    expect(without('b', 'c', 'a')).toEqual({});
    expect(without('missing')).toEqual({ a: 1, b: 2, c: 3 });
  });

  test('grows from nothing', () => {
    const config = setInputField('{}', 1, 'color_format', 'rgb');
    expect(readForm(config).inputs.map((input) => input.colorFormat)).toEqual(['bgr', 'rgb']);
  });

  test('finds the inputs under both spellings', () => {
    const old = '{"calibration_parameters": {"input_parametres": [{"file_type": "npy"}]}}';
    expect(readForm(old).inputs[0]?.fileType).toBe('npy');
    const edited = setInputField(old, 0, 'file_type', 'img');
    expect(edited).toBe(old.replace('npy', 'img'));
  });

  test('formats like a person', () => {
    expect(format({ a: [1, 2], b: [{ c: 1 }], d: undefined, e: {} })).toBe(
      '{\n  "a": [1, 2],\n  "b": [\n    {\n      "c": 1\n    }\n  ],\n  "e": {}\n}',
    );
  });
});

test.describe('which file belongs to which input', () => {
  const item = (path: string, kind: DataItem['kind'] = 'array'): DataItem => ({
    path,
    kind,
    problem: '',
    file: new File([path], path.split('/').at(-1) ?? ''),
  });
  const config = (...lists: string[]) =>
    JSON.stringify({
      calibration_parameters: {
        input_parameters: lists.map((list) => ({ file_type: 'npy', data_list_path: list })),
      },
    });
  const names = ['ids', 'input_ids'];

  test('by folder', async () => {
    const items = [item('d/ids/0.npy'), item('d/ids/1.npy'), item('d/input_ids/0.npy')];
    const { lists } = await assign(config('a.txt', 'b.txt'), names, items, []);
    expect(lists).toEqual([
      { path: 'a.txt', text: 'd/ids/0.npy\nd/ids/1.npy\n' },
      { path: 'b.txt', text: 'd/input_ids/0.npy\n' },
    ]);
  });

  test('by name, and the longer name first', async () => {
    const items = [item('ids_0.npy'), item('input_ids_0.npy'), item('else.npy')];
    const { lists, files } = await assign(config('l/a.txt', 'l/b.txt'), names, items, []);
    expect(lists.map((list) => list.text)).toEqual(['ids_0.npy\n', 'input_ids_0.npy\n']);
    expect(Object.keys(files)).toEqual(['l/a.txt', 'l/ids_0.npy', 'l/b.txt', 'l/input_ids_0.npy']);
  });

  test('a dropped list wins, and its entries are found by the end of their paths', async () => {
    const list = {
      path: 'calib/list.txt',
      file: new File(['x/0.npy\n\n gone.npy \n'], 'list.txt'),
    };
    const items = [item('calib/x/0.npy'), item('calib/y/0.npy')];
    const { files, lists } = await assign(config('data/list.txt'), ['in'], items, [list]);
    expect(lists).toEqual([]);
    expect(Object.keys(files)).toEqual(['data/list.txt', 'data/x/0.npy']);
    expect(await files['data/x/0.npy']?.text()).toBe('calib/x/0.npy');
  });

  test('only files of the kind that the input reads', async () => {
    const items = [item('0.npy'), item('1.png', 'image')];
    const { lists } = await assign(config('a.txt'), ['in'], items, []);
    expect(lists).toEqual([{ path: 'a.txt', text: '0.npy\n' }]);
  });
});

test.describe('the report', () => {
  const report = [
    '|    | Op | SNR |',
    '|---:|:---|---:|',
    '| 0 | a&lt;img src=x onerror=alert(1)>[Conv] | <font color="red">0.5</font> |',
    '| 1 | b\\|c | 1e-7 |',
    '',
    '# Head',
    '- one',
    '- two <b>',
    '<script>alert(1)</script>',
  ].join('\n');

  test('keeps red marks and treats everything else as text', () => {
    const [table, heading, list, text] = parseReport(report);
    expect(table).toEqual({
      kind: 'table',
      head: ['', 'Op', 'SNR'],
      rows: [
        [
          { text: '0', hot: false, number: 0 },
          { text: 'a<img src=x onerror=alert(1)>[Conv]', hot: false, number: undefined },
          { text: '0.5', hot: true, number: 0.5 },
        ],
        [
          { text: '1', hot: false, number: 1 },
          { text: 'b|c', hot: false, number: undefined },
          { text: '1e-7', hot: false, number: 1e-7 },
        ],
      ],
    });
    expect(heading).toEqual({ kind: 'heading', level: 1, text: 'Head' });
    expect(list).toEqual({ kind: 'list', items: ['one', 'two <b>'] });
    expect(text).toEqual({ kind: 'text', text: '<script>alert(1)</script>' });
  });

  test('sorts numbers by value and before texts', () => {
    const cells = ['b', '10', '9', '1e-7', 'a'].map((text) => ({
      text,
      hot: false,
      number: Number.isNaN(Number(text)) ? undefined : Number(text),
    }));
    expect(cells.toSorted(compareCells).map((cell) => cell.text)).toEqual([
      '1e-7',
      '9',
      '10',
      'a',
      'b',
    ]);
  });
});
