// One command with what it used: status, user+system CPU seconds and peak memory of the whole process tree it waits for, wall time.
import { spawnSync } from 'node:child_process';
import { SetupError } from '../../core/setup/steps.mjs';

const waiter = `
import json, resource, subprocess, sys, time
begin = time.monotonic()
process = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=float(sys.argv[1]))
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "status": process.returncode,
    "cpu": used.ru_utime + used.ru_stime,
    "wall": time.monotonic() - begin,
    "rss": used.ru_maxrss / 1024,
    "output": process.stdout.decode(errors="replace"),
}))
`;

/**
 * Runs `command args` and waits. Seconds in `cpu` and `wall`, MiB in `rss`; `python` is what waits for it. A command that
 * takes longer than `limit` seconds ends and has the status "stopped".
 */
export function measured(python, command, args, options = {}, limit = 3600) {
  const result = spawnSync(python, ['-c', waiter, String(limit), command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  if (result.status === 0) return JSON.parse(result.stdout);
  if (result.stderr.includes('TimeoutExpired'))
    return { status: 'stopped', output: `stopped after ${limit} s` };
  throw new SetupError(result.stderr);
}
