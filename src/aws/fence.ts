import type { Transport } from './transport.ts';

/** The transport, but nothing is sent while `mayCall` says no: such a call fails like one whose connection broke. */
export const fence = (transport: Transport, mayCall: () => boolean): Transport => ({
  send: (...call) =>
    mayCall()
      ? transport.send(...call)
      : Promise.reject(Object.assign(new Error('this replica does not lead any more'), { code: 'ECONNABORTED' })),
  close: () => transport.close(),
});
