import { parentPort, workerData } from 'node:worker_threads';
import type { Variant } from '../types.js';
import type { CoreFactory } from './core.js';
import { DiskFiles, OverlaidFiles } from './disk-files.js';
import { GivenFiles } from './given-files.js';
import type { Start } from './protocol.js';
import { serve, type Send } from './serve.js';

async function loadFactory(): Promise<CoreFactory> {
  const { variant } = workerData as { variant: Variant };
  const glue =
    variant === 'threads'
      ? await import('../wasm/xquant-threads.mjs')
      : await import('../wasm/xquant.mjs');
  return glue.default;
}

const port = parentPort;
if (port) {
  const send: Send = (reply, transfer = []) => port.postMessage(reply, transfer);
  port.once('message', (start: Start) => {
    const files = new OverlaidFiles(new GivenFiles(start.files, 'exact'), new DiskFiles());
    void serve(start, loadFactory, files, send);
  });
}
