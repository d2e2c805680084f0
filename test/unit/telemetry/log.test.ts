import { describe, expect, it } from 'vitest';
import { SecretValue } from '../../../src/model/secret-value.ts';
import { createLog, type Fields, type Log, type LogOptions } from '../../../src/telemetry/log.ts';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');

function makeLog(options: Partial<LogOptions> = {}): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line), flush: () => {} };
  return { log: createLog({ level: 'info', destination, ambient: { nowMs: () => NOW }, ...options }), lines };
}

describe('createLog', () => {
  it('writes one JSON line with level, time and message first', () => {
    const { log, lines } = makeLog();
    log.info('Secret written', { namespace: 'a', keys: 3, created: true, names: ['x', 'y'], none: undefined });
    expect(lines).toEqual([
      '{"level":"info","time":"2026-01-02T03:04:05.678Z","namespace":"a","keys":3,"created":true,"names":["x","y"],"msg":"Secret written"}\n',
    ]);
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = makeLog({ level: 'warn' });
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warn', 'error']);
  });

  it('has written all so far with each warning and error, since a process may end after it', () => {
    const done: string[] = [];
    const destination = {
      write: (line: string) => void done.push(JSON.parse(line).level),
      flush: () => void done.push('flush'),
    };
    const { log } = makeLog({ destination });
    log.info('a');
    log.warn('b');
    log.info('c');
    log.error('d');
    log.unexpected('e', new Error('of ours'));
    expect(done).toEqual(['info', 'warn', 'flush', 'info', 'error', 'flush', 'error', 'flush']);
  });

  it('takes a message as it is, whatever it looks like', () => {
    const { log, lines } = makeLog();
    log.info('100 %s of %o %d\n"{}"', { method: 'GET' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: '100 %s of %o %d\n"{}"', method: 'GET' });
  });

  it('lets no field take the place of its own', () => {
    const { log, lines } = makeLog();
    log.info('true', { msg: 'false', level: 'false', time: 'false', err: 'kept' });
    expect(lines[0]).not.toContain('false');
    expect(lines[0]).toContain('"err":"kept"');
  });

  it('prints no object, though one was cast past the types', () => {
    const { log, lines } = makeLog();
    const secret = SecretValue.ofText('hunter2');
    const fields = { secret, bytes: secret.reveal(), list: [secret, 'x'], error: new Error('hunter2') };
    log.error('x', fields as unknown as Fields);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      secret: '[object]',
      bytes: '[object]',
      list: ['[object]', 'x'],
      error: '[object]',
    });
  });

  it('tells of a bug without its message', () => {
    const { log, lines } = makeLog();
    log.unexpected('reconcile threw', new RangeError('hunter2'), { key: 'a/b' });
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({ level: 'error', msg: 'reconcile threw', key: 'a/b', error: 'RangeError' });
    expect(line.stack.length).toBeGreaterThan(0);
    expect(lines[0]).not.toContain('hunter2');
  });

  it('writes text for people on request', () => {
    const { log, lines } = makeLog({ format: 'text' });
    log.info('Secret written', { key: 'a/b', why: 'two words', names: ['x'] });
    expect(lines).toEqual(['2026-01-02T03:04:05.678Z INFO  Secret written key=a/b why="two words" names=["x"]\n']);
  });

  it('keeps a text entry on its line, and escape codes off the terminal', () => {
    const { log, lines } = makeLog({ format: 'text' });
    log.warn('first\n2026 ERROR second\u001b[2J', { field: 'a\u001b[2J\nb' });
    expect(lines.join('').match(/\p{Cc}/gu)).toEqual(['\n']);
  });
});
