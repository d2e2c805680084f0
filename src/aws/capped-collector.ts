import type { Readable } from 'node:stream';

/**
 * Reads the body of a response whole, for the SDK, and breaks it off with an error after so many bytes: a giant body is never held in memory. By
 * events, since a stream between, or a pipeline, would cost a twentieth of all that a refresh takes.
 */
export const cappedCollector =
  (capBytes: number) =>
  (body: Readable): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let seenBytes = 0;
      body.on('data', (chunk: Uint8Array) => {
        seenBytes += chunk.byteLength;
        if (seenBytes > capBytes) body.destroy(new Error('the response is larger than any answer of AWS'));
        else chunks.push(chunk);
      });
      body.on('end', () => resolve(Buffer.concat(chunks)));
      body.on('error', reject);
      body.on('close', () => reject(new Error('the response broke off')));
    });
