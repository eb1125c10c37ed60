// GoogleTest programs through a test preset of CTest; every TEST counts, not every program.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failureOf, root } from '../../core/setup/steps.mjs';
import { elements } from './xml.mjs';

export async function ctest(testPreset, buildPreset = testPreset) {
  const build = join(root, 'build', buildPreset);
  const results = join(build, 'results');
  const summary = join(results, 'ctest.xml');
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const args = ['--preset', testPreset, '--no-tests=ignore', '--output-junit', summary];
  const failure = await failureOf(`test-${testPreset}`, 'ctest', args);
  const result = {
    passed: 0,
    failed: 0,
    skipped: 0,
    notes: [],
    rerun: `npm test -- ${testPreset}`,
  };
  if (!existsSync(summary)) {
    return { ...result, failed: 1, notes: [failure ?? 'CTest wrote no results'] };
  }
  for (const program of elements(readFileSync(summary, 'utf8'), 'testcase')) {
    addProgram(result, program, results);
  }
  if (result.passed + result.failed + result.skipped === 0) {
    return { ...result, skipped: 1, notes: [`skipped: build/${buildPreset} has no tests`] };
  }
  if (result.failed > 0)
    result.rerun = `ctest --preset ${testPreset} -R '${result.programs.join('|')}'`;
  return result;
}

function addProgram(result, program, results) {
  const name = program.attributes.name;
  const failedBefore = result.failed;
  const file = join(results, `${name}.xml`);
  if (existsSync(file)) {
    for (const test of elements(readFileSync(file, 'utf8'), 'testcase')) addTest(result, test);
  }
  // A program that crashed, or that failed outside its tests, has told no file of it.
  if (program.attributes.status === 'fail' && result.failed === failedBefore) {
    result.failed += 1;
    result.notes.push(`failed: ${name} ended abnormally: ${lastLines(program.inner)}`);
  }
  if (result.failed > failedBefore) (result.programs ??= []).push(`^${name}$`);
}

function addTest(result, { attributes, inner }) {
  const name = `${attributes.classname}.${attributes.name}`;
  const [skip] = elements(inner, 'skipped');
  const [failure] = elements(inner, 'failure');
  if (failure) {
    result.failed += 1;
    result.notes.push(`failed: ${name}\n${indent(failure.attributes.message)}`);
  } else if (skip || attributes.status === 'notrun') {
    result.skipped += 1;
    const why = skip?.attributes.message.split('\n').slice(1).join(' ').trim();
    result.notes.push(`skipped: ${why || `${name} is disabled`}`);
  } else {
    result.passed += 1;
  }
}

const indent = (text) => text.replace(/^/gm, '            ');
const lastLines = (xml) =>
  xml
    .replace(/<[^>]*>/g, '')
    .trim()
    .split('\n')
    .slice(-5)
    .join('\n')
    .slice(-800);
