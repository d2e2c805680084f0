import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be opened and closed at will, always under the same port. */
export interface TcpRelay {
  open(): Promise<void>;
  /** Cuts every connection and takes no more. */
  close(): Promise<void>;
}

/** Passes what comes to `port` on to `targetPort`, both of this machine; closed at first. */
export function tcpRelay(port: number, targetPort: number): TcpRelay {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const join = (incoming: Socket): void => {
    const outgoing = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  };
  return {
    async open() {
      const opened = createServer(join);
      server = opened;
      await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    },
    async close() {
      const closing = server;
      for (const socket of sockets) socket.destroy();
      if (closing !== undefined) await new Promise<void>((resolve) => closing.close(() => resolve()));
    },
  };
}
