import { readFileSync } from 'node:fs';

/** Of the kernel, for every process; Linux has had no other since long. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process has used, its own and the kernel's for it. */
export function cpuSecondsOf(pid: number): number {
  // The name in parentheses may hold spaces; the fields after it do not. utime and stime are the 14th and 15th of all.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process, now and at its most, in MB (10^6 bytes). */
export function memoryOf(pid: number): { readonly nowMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return Math.round((Number(kibibytes) * 1_024) / 100_000) / 10;
  };
  return { nowMb: megabytes('VmRSS'), peakMb: megabytes('VmHWM') };
}
