import type { CheckResult, OperatorCheck } from 'xquant';
import type { Cell, Table } from '../report/markdown.js';

const kRunsAs = { int8: 'int8', int8ToFloat: 'int8, float result', float: 'float' } as const;

/** The operators of a check as a table of the report: one row each, in the order of the model. */
export function operatorTable(result: CheckResult): Table {
  return {
    kind: 'table',
    head: [
      'Operator',
      'Type',
      'Runs as',
      'Steps apart',
      'Ties',
      'Unexplained',
      'Saturated low',
      'Saturated high',
      'Spare bits',
      'Bias rounding',
      'Why',
    ],
    rows: result.operators.map(rowOf),
  };
}

function rowOf(operator: OperatorCheck): readonly Cell[] {
  const { difference, saturated, accumulator } = operator;
  const elements = difference?.elements ?? 0;
  return [
    text(operator.node),
    text(operator.type),
    text(kRunsAs[operator.execution]),
    number(difference?.largestSteps),
    number(difference?.ties),
    { ...number(difference?.unexplained), hot: (difference?.unexplained ?? 0) > 0 },
    share(saturated?.low, elements),
    share(saturated?.high, elements),
    {
      ...number(accumulator?.spareBits, 1),
      hot: accumulator !== undefined && !accumulator.fitsInt32,
    },
    number(accumulator?.biasRounding, 2),
    text(operator.reason),
  ];
}

const text = (value: string): Cell => ({ text: value, hot: false, number: undefined });

function number(value: number | undefined, digits = 0): Cell {
  return value === undefined
    ? text('')
    : { text: value.toFixed(digits), hot: false, number: value };
}

/** Per cent of the elements. */
function share(count: number | undefined, elements: number): Cell {
  if (count === undefined || elements === 0) return text('');
  const percent = (100 * count) / elements;
  return { text: count === 0 ? '0' : `${percent.toFixed(2)} %`, hot: false, number: percent };
}
