import type { Readable } from 'node:stream';
import { pipeline, Transform } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** A NodeHttpHandler whose responses end with an error after so many bytes: a giant body is never held in memory. */
export class CappedHandler extends NodeHttpHandler {
  readonly #capBytes: number;

  constructor(options: ConstructorParameters<typeof NodeHttpHandler>[0], capBytes: number) {
    super(options);
    this.#capBytes = capBytes;
  }

  override async handle(
    ...[request, options]: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    const output = await super.handle(request, options);
    output.response.body = cap(output.response.body, this.#capBytes);
    return output;
  }
}

function cap(body: Readable, capBytes: number): Readable {
  let seenBytes = 0;
  const gate = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seenBytes += chunk.byteLength;
      if (seenBytes > capBytes) done(new Error('the response is larger than any answer of AWS'));
      else done(null, chunk);
    },
  });
  // The reader of `gate` sees every error, of either stream, so the callback has nothing to add.
  return pipeline(body, gate, () => undefined);
}
