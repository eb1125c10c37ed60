// Plain lines about what is happening: `[ 12.3 s] what was done` for every step.
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const logs = join(root, 'build', 'logs');

export const say = (text) => process.stdout.write(`${text}\n`);
export const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1).padStart(5);

/** A failure whose message is all that the user needs to see. */
export class SetupError extends Error {}

/** Runs `work` and prints how long it took; `announce` is printed first when the step may be long. */
export async function step(title, work, announce) {
  if (announce) say(`[   ... ] ${announce}`);
  const start = performance.now();
  const result = await work();
  say(`[${seconds(start)} s] ${title}`);
  return result;
}

/** Runs a command with its output in build/logs/<log>.log; on failure shows the end of that. */
export function run(log, command, args, { cwd = root, env = {} } = {}) {
  mkdirSync(logs, { recursive: true });
  const path = join(logs, `${log}.log`);
  const out = openSync(path, 'w');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', out, out],
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      closeSync(out);
      if (code === 0) return resolve();
      const tail = readFileSync(path, 'utf8').split('\n').slice(-60).join('\n');
      const why = signal ? `was ended by ${signal}` : `ended with status ${code}`;
      reject(
        new SetupError(
          `${tail}\n${[command, ...args].join(' ')}\n${why}; all of its output: ${path}`,
        ),
      );
    });
  });
}

/** As run(), but a failure is returned as its message; undefined: all went well. */
export async function failureOf(...command) {
  try {
    await run(...command);
  } catch (error) {
    if (error instanceof SetupError) return error.message;
    throw error;
  }
}

/** The trimmed standard output of a command, or undefined when it cannot be run or fails. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', ...options });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Ends a driver: a SetupError is shown as its message, anything else with its stack. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}
