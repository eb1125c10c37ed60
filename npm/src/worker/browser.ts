import type { CoreFactory } from './core.js';
import { GivenFiles } from './given-files.js';
import type { Start } from './protocol.js';
import { serve, type Send } from './serve.js';

/** A worker's own global scope, as far as it is needed here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Start>) => void) | null;
  postMessage: (message: unknown, transfer: Transferable[]) => void;
}

/** Waits for the one message of a browser's worker. */
export function listen(factory: CoreFactory): void {
  const scope = globalThis as unknown as WorkerScope;
  const send: Send = (reply, transfer = []) => scope.postMessage(reply, transfer);
  scope.onmessage = ({ data }) => {
    void serve(data, () => Promise.resolve(factory), new GivenFiles(data.files, 'by-ending'), send);
  };
}
