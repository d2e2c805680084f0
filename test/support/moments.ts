/** A moment of a request to the API server: right before it is sent, or when it has taken effect and the operator does not know of it yet. */
export interface Moment {
  readonly when: 'before' | 'after';
  readonly method: string;
  /** What its path ends in. */
  readonly path: string;
  /** What is in its body. */
  readonly says?: string;
}

/** Runs inside the operator's process, beside it: finds the moment in what it sends, and does at it what is asked. */
const hook = (moment: Moment, act: string): Record<string, string> => {
  const script = `
    import http from 'node:http';
    import { existsSync } from 'node:fs';
    const moment = ${JSON.stringify(moment)};
    const { request: send } = http;
    const known = new Set();
    http.request = (options, ...more) => {
      const request = send(options, ...more);
      const pathname = options.path.split('?')[0];
      const end = request.end.bind(request);
      request.end = (body) => {
        const isMeant = options.method === moment.method && pathname.endsWith(moment.path) &&
          String(body).includes(moment.says ?? '') && !known.has(pathname);
        if (!isMeant) return end(body);
        known.add(pathname);
        const go = () => end(body);
        ${act}
        return request;
      };
      return request;
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
};

/** The environment of an operator that dies at the moment, as by the kernel. */
export const dyingAt = (moment: Moment): Record<string, string> =>
  hook(
    moment,
    `const die = () => process.kill(process.pid, 'SIGKILL');
     if (moment.when === 'before') die();
     request.prependListener('response', die);
     go();`,
  );

/** What an operator writes to standard error when it is held. */
export const HELD = 'held at the moment';

/** The environment of an operator that holds the first such request of each path back until the file is there. */
export const heldAt = (moment: Omit<Moment, 'when'>, until: string): Record<string, string> =>
  hook(
    { ...moment, when: 'before' },
    `process.stderr.write('${HELD} ' + pathname + '\\n');
     const look = setInterval(() => {
       if (!existsSync(${JSON.stringify(until)})) return;
       clearInterval(look);
       go();
     }, 20);`,
  );
