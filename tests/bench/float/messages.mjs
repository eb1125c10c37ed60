// The protocol between the benchmark and its child processes: { id, command, ... } is answered with { id, result } or
// { id, error }. One message at a time.

/** In the child: commands is an object of functions, which may be async. */
export function answerMessages(commands) {
  process.on('message', async ({ id, command, ...rest }) => {
    try {
      process.send({ id, result: await commands[command](rest) });
    } catch (error) {
      process.send({ id, error: String(error?.message ?? error) });
    }
  });
}

/** In the parent: sends a command and waits for the answer. */
export function ask(child, command, rest = {}) {
  const id = Math.random();
  return new Promise((resolve, reject) => {
    const ended = (code) => reject(new Error(`the process ended with status ${code}`));
    const receive = (message) => {
      if (message.id !== id) return;
      child.off('message', receive);
      child.off('exit', ended);
      if ('error' in message) reject(new Error(message.error));
      else resolve(message.result);
    };
    child.on('message', receive);
    child.on('exit', ended);
    child.send({ id, command, ...rest });
  });
}

/**
 * Seconds that the work takes: of the processor with one thread, so that other programs on the machine do not count;
 * of the wall clock with several.
 */
export async function measure(threads, work) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return threads === 1 ? (user + system) / 1e6 : (performance.now() - start) / 1000;
}
