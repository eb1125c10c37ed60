import { parentPort, workerData } from 'node:worker_threads';
import { coreFactory } from '../targets/node-core.js';
import type { Variant } from '../types.js';
import { DiskFiles, OverlaidFiles } from './disk-files.js';
import { GivenFiles } from './given-files.js';
import type { Start } from './protocol.js';
import { serve, type Send } from './serve.js';

const port = parentPort;
if (port) {
  const { variant } = workerData as { variant: Variant };
  const send: Send = (reply, transfer = []) => port.postMessage(reply, transfer);
  port.once('message', (start: Start) => {
    const files = new OverlaidFiles(new GivenFiles(start.files, 'exact'), new DiskFiles());
    void serve(start, () => coreFactory(variant), files, send);
  });
}
