#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { toParts, XquantError } from './errors.js';
import { ProgressLine } from './progress-line.js';
import { compiledCore, coreFactory, has } from './targets/node-core.js';
import { writeAll } from './targets/node-storage.js';
import {
  calibrateOnnxModel,
  checkQuantizedModel,
  inspectOnnxModel,
  mergeCalibrations,
  quantizeOnnxModel,
} from './targets/node.js';
import type { CalibrationState, Diagnostic } from './types.js';
import type { CommandLineValue, MainModule } from './wasm/xquant.mjs';
import { startCore, type Returned } from './worker/core.js';

type CommandLine = Returned<CommandLineValue>;

/**
 * V8 optimizes a WebAssembly function after it has run through about so many bytes. Its default (1.8 million in Node 20)
 * optimizes, on other cores, what runs for a few milliseconds in all: a large part of the processor time of a small job.
 */
const WASM_TIERING_BUDGET = 60_000_000;
setFlagsFromString(`--wasm-tiering-budget=${WASM_TIERING_BUDGET}`);

function printNotes(line: CommandLine, notes: Diagnostic[]): void {
  if (line.quiet) return;
  for (const note of notes) process.stderr.write(`${note.text}\n`);
}

function requireConfig(line: CommandLine): void {
  if (existsSync(line.configPath)) return;
  const reason = 'The configuration file does not exist.';
  const place = { file: line.configPath, fix: 'Check the path after -c.' };
  throw XquantError.of('usage', 'XQ-CLI-012', reason, place);
}

async function quantize(line: CommandLine, signal: AbortSignal): Promise<void> {
  requireConfig(line);
  let notesPrinted = 0;
  const progress = new ProgressLine(!line.quiet && process.stderr.isTTY);
  const result = await quantizeOnnxModel(
    line.configPath,
    line.inputPath || undefined,
    line.outputPath || undefined,
    {
      threads: line.threads,
      strict: line.strict,
      calibration: line.calibrationPath || undefined,
      signal,
      onProgress: (now) => progress.show(now),
      onConfigNotes(notes) {
        printNotes(line, notes);
        notesPrinted = notes.length;
      },
    },
  ).finally(() => progress.clear());
  printNotes(line, result.diagnostics.slice(notesPrinted));
  if (line.verbose) process.stderr.write(progress.timings());
  if (line.json) process.stdout.write(`${result.json}\n`);
  else if (!line.quiet) process.stdout.write(result.text);
}

function printState(line: CommandLine, state: CalibrationState): void {
  printNotes(line, state.diagnostics);
  if (line.json) process.stdout.write(`${state.json}\n`);
  else if (!line.quiet) process.stdout.write(state.text);
}

async function calibrate(line: CommandLine, signal: AbortSignal): Promise<void> {
  requireConfig(line);
  const progress = new ProgressLine(!line.quiet && process.stderr.isTTY);
  const state = await calibrateOnnxModel(
    line.configPath,
    line.inputPath || undefined,
    line.outputPath,
    {
      threads: line.threads,
      strict: line.strict,
      signal,
      shard: { number: line.shardNumber, of: line.shardOf },
      onProgress: (now) => progress.show(now),
    },
  ).finally(() => progress.clear());
  printState(line, state);
}

async function merge(line: CommandLine, signal: AbortSignal): Promise<void> {
  printState(line, await mergeCalibrations(line.mergePaths, line.outputPath, { signal }));
}

async function inspect(line: CommandLine, signal: AbortSignal): Promise<void> {
  const inspection = await inspectOnnxModel(line.inputPath, { signal });
  process.stdout.write(line.json ? `${inspection.json}\n` : inspection.text);
}

/** Exit status: a quality gate failed. */
const GATE_FAILED = 3;

async function check(line: CommandLine, signal: AbortSignal): Promise<number> {
  const progress = new ProgressLine(!line.quiet && process.stderr.isTTY);
  const result = await checkQuantizedModel(line.inputPath, {
    threads: line.threads,
    signal,
    onProgress: (now) => progress.show(now),
    config: line.configPath || undefined,
    dataLists: line.dataLists,
    floatModel: line.floatPath || undefined,
    seed: line.seed,
    samples: line.samples,
    strict: line.strict,
    vectors: line.vectorsPath !== '',
    vectorsFolder: line.vectorsPath,
  }).finally(() => progress.clear());
  const stored = result.vectors.map(({ path, bytes }) => ({
    path: join(line.vectorsPath, path),
    content: bytes,
  }));
  await writeAll(stored, signal);
  printNotes(line, result.diagnostics);
  process.stdout.write(line.json ? `${result.json}\n` : result.text);
  return result.passed ? 0 : GATE_FAILED;
}

/** Does what the command line says; the exit status. */
async function act(core: MainModule, args: string[], signal: AbortSignal): Promise<number> {
  const line = core.parseCommandLine(args) as CommandLine;
  switch (line.action) {
    case 'quantize':
      await quantize(line, signal);
      break;
    case 'calibrate':
      await calibrate(line, signal);
      break;
    case 'merge':
      await merge(line, signal);
      break;
    case 'inspect':
      await inspect(line, signal);
      break;
    case 'check':
      return check(line, signal);
    case 'schema':
      process.stdout.write(core.configSchema());
      break;
    case 'version':
      process.stdout.write(`${core.versionText()}\n`);
      break;
    default:
      process.stdout.write(core.helpText());
  }
  return 0;
}

/** The core in this thread, for what takes no time: grammar and texts. */
async function loadCore(): Promise<MainModule> {
  const variant = has('single') ? 'single' : 'threads';
  return startCore(await coreFactory(variant), {
    module: await compiledCore(variant),
    poolSize: 0,
  });
}

/** Runs one command line; the exit status. */
async function main(args: string[]): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupt.abort(signal));
  }
  const core = await loadCore();
  try {
    return await act(core, args, interrupt.signal);
  } catch (thrown) {
    const report = core.describeError(toParts(thrown));
    if (args.includes('--json')) process.stdout.write(`${report.json as string}\n`);
    process.stderr.write(`error: ${report.text as string}\n`);
    return report.exitStatus;
  }
}

process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is no failure.
  if (cause.code === 'EPIPE') process.exit();
  process.stderr.write(
    'error: Cannot write to standard output. [XQ-IO-004] Check where it is redirected to.\n',
  );
  process.exit(2);
});
process.exitCode = await main(process.argv.slice(2));
