import { readFile } from 'node:fs/promises';

/** Linux reports processor time in hundredths of a second, whatever its kernel counts in. */
const MS_PER_TICK = 10;

/** Milliseconds of processor time that a process has used so far, with all its threads, without its children. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may contain blanks; the rest begins with the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[11], fields[12]].map(Number) as [number, number];
  return (user + system) * MS_PER_TICK;
}
