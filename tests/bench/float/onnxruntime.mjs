// What both packages of ONNX Runtime have in common: they answer the messages of engines.mjs.
import { readFileSync } from 'node:fs';
import { answerMessages, measure } from './messages.mjs';

const arrays = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array };

export function serveOnnxRuntime(ort, threads, options) {
  let session, feeds;
  answerMessages({
    async load({ path }) {
      await session?.release();
      session = await ort.InferenceSession.create(readFileSync(path), options);
      return session.inputMetadata.map(({ name, type, shape }) => ({ name, type, shape }));
    },
    inputs({ inputs }) {
      feeds = Object.fromEntries(
        inputs.map(({ name, type, dims, path }) => {
          const bytes = readFileSync(path);
          const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
          return [name, new ort.Tensor(type, new arrays[type](copy), dims)];
        }),
      );
    },
    run: ({ samples }) =>
      measure(threads, async () => {
        for (let i = 0; i < samples; i++) await session.run(feeds);
      }),
  });
}
