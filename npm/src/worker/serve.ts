import { toParts } from '../errors.js';
import type { Diagnostic } from '../types.js';
import type { Host, JobRequest, MainModule } from '../wasm/xquant.mjs';
import { returned, startCore, type CoreFactory } from './core.js';
import { makeHost, type FileAccess } from './host.js';
import type { Call, CallName, Calls, Reply, Start } from './protocol.js';

export type Send = (reply: Reply, transfer?: ArrayBuffer[]) => void;

function perform(core: MainModule, call: Call, host: Host): Calls[CallName]['answer'] {
  switch (call.name) {
    case 'quantize': {
      const { diagnostics, ...rest } = returned(core.quantize(call.argument, host));
      return { ...rest, diagnostics: diagnostics.map(withSeverity) };
    }
    case 'calibrate': {
      const { diagnostics, ...rest } = returned(core.collectCalibration(call.argument, host));
      return { ...rest, diagnostics: diagnostics.map(withSeverity) };
    }
    case 'merge': {
      const { paths, output } = call.argument;
      const { diagnostics, ...rest } = returned(core.mergeCalibrations(paths, output, host));
      return { ...rest, diagnostics: diagnostics.map(withSeverity) };
    }
    case 'inspect':
      return returned(core.inspect(call.argument, host));
    case 'check': {
      const { diagnostics, ...rest } = returned(core.checkModel(call.argument, host));
      return { ...rest, diagnostics: diagnostics.map(withSeverity) };
    }
    case 'predict': {
      const { predictions, diagnostics } = returned(core.predict(call.argument, host));
      return { predictions, diagnostics: diagnostics.map(withSeverity) };
    }
    case 'checkConfig':
      return checkConfig(core, call.argument);
    case 'configSchema':
      return core.configSchema();
    case 'checkInt8Vectors':
      return returned(core.checkInt8Vectors(new Uint8Array(call.argument)));
  }
}

function checkConfig(core: MainModule, job: JobRequest): Diagnostic[] {
  return returned(core.checkConfig(job)).map(withSeverity);
}

function withSeverity<T extends { severity: string }>(
  diagnostic: T,
): T & { severity: 'info' | 'warning' } {
  return { ...diagnostic, severity: diagnostic.severity === 'info' ? 'info' : 'warning' };
}

function transferable(answer: Calls[CallName]['answer']): ArrayBuffer[] {
  if (typeof answer !== 'object') return [];
  if ('model' in answer) return [answer.model.buffer];
  return 'bytes' in answer ? [answer.bytes.buffer] : [];
}

/** Does what a worker was started for and sends what comes of it. */
export async function serve(
  start: Start,
  loadFactory: () => Promise<CoreFactory>,
  files: FileAccess,
  send: Send,
): Promise<void> {
  try {
    const core = await startCore(await loadFactory(), start);
    const host = makeHost(files, {
      onProgress: (phase, done, total) => send({ type: 'progress', phase, done, total }),
      onNotes: (notes) => send({ type: 'notes', notes: notes.map(withSeverity) }),
      onPaths: (paths) => send({ type: 'paths', paths }),
    });
    const answer = perform(core, start.call, host);
    send({ type: 'answer', answer }, transferable(answer));
  } catch (thrown) {
    send({ type: 'error', error: toParts(thrown) });
  }
}
