import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { LogDestination } from '../../../src/telemetry/log.ts';
import { stdoutDestination } from '../../../src/telemetry/stdout-destination.ts';

const module = new URL('../../../src/telemetry/stdout-destination.ts', import.meta.url).href;

type Reader = 'gone' | 'still';

/** Runs a program whose standard output nobody reads, and answers what it says on standard error, and its exit code. */
function runUnread(reader: Reader, program: string): Promise<{ readonly said: string; readonly code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      child.stdout.destroy();
      resolve({ said, code });
    });
    if (reader === 'gone') child.stdout.destroy();
    else child.stdout.pause();
    child.stdin.end('go');
  });
}

describe('stdoutDestination', () => {
  /** Has a file written to; `text` is what is in it so far. */
  function withFile(use: (stdout: LogDestination, text: () => string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), 'keyferry-'));
    const fd = openSync(join(folder, 'log'), 'w');
    use(stdoutDestination(fd), () => readFileSync(join(folder, 'log'), 'utf8'));
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }

  it('has written all lines, in order, when flush returns', () => {
    withFile((stdout, text) => {
      stdout.write('one\n');
      stdout.write('zwö\n');
      stdout.flush();
      expect(text()).toBe('one\nzwö\n');
      stdout.write('three\n');
      stdout.flush();
      stdout.flush();
      expect(text()).toBe('one\nzwö\nthree\n');
    });
  });

  it('writes what comes within 50 ms at once, and nobody has to ask', () => {
    vi.useFakeTimers();
    withFile((stdout, text) => {
      stdout.write('one\n');
      vi.advanceTimersByTime(49);
      stdout.write('two\n');
      expect(text()).toBe('');
      vi.advanceTimersByTime(1);
      expect(text()).toBe('one\ntwo\n');
      stdout.write('three\n');
      vi.advanceTimersByTime(50);
      expect(text()).toBe('one\ntwo\nthree\n');
    });
    vi.useRealTimers();
  });

  it('does not gather more than 64 KiB', () => {
    withFile((stdout, text) => {
      const line = `${'x'.repeat(1_023)}\n`;
      for (let at = 0; at < 63; at += 1) stdout.write(line);
      expect(text()).toBe('');
      stdout.write(line);
      expect(text()).toHaveLength(65_536);
      stdout.flush();
    });
  });

  it('does not throw when nothing can be written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyferry-'));
    const fd = openSync(join(folder, 'log'), 'w');
    closeSync(fd);
    rmSync(folder, { recursive: true });
    // A number that no open file has.
    const stdout = stdoutDestination(2 ** 20);
    stdout.write('lost\n');
    expect(() => stdout.flush()).not.toThrow();
  });

  for (const reader of ['gone', 'still'] as const) {
    it(`lets the process do its work to the end when the reader is ${reader}`, async () => {
      // Opening process.stdout makes the pipe one that does not block.
      const { said, code } = await runUnread(
        reader,
        `
        const { stdoutDestination } = await import('${module}');
        const { writeSync } = await import('node:fs');
        const stdout = stdoutDestination();
        if (${reader === 'still'}) process.stdout.fd;
        for await (const _ of process.stdin);
        for (let at = 0; at < 500; at += 1) stdout.write('x'.repeat(4096) + '\\n');
        setTimeout(() => { stdout.write('more\\n'); stdout.flush(); writeSync(2, 'all work done'); }, 10);
      `,
      );
      expect({ said, code }).toEqual({ said: 'all work done', code: 0 });
    });
  }
});
