import { readdir, readFile } from 'node:fs/promises';

interface ProcessLine {
  readonly pid: number;
  readonly group: number;
  readonly argv: string;
}

/** Every process of this machine except zombies. */
async function listProcesses(): Promise<ProcessLine[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => {
      try {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
        return state === 'Z' ? null : { pid: Number(pid), group: Number(group), argv };
      } catch {
        return null;
      }
    }),
  );
  return all.filter((line) => line !== null);
}

/** Process groups whose leader is a git that serves a repository below `dir`. */
export async function gitGroupsIn(dir: string): Promise<number[]> {
  const lines = await listProcesses();
  return lines.filter(({ pid, group, argv }) => pid === group && argv.includes(`${dir}/`)).map(({ group }) => group);
}

/** Number of processes in these groups. */
export async function countInGroups(groups: readonly number[]): Promise<number> {
  return (await listProcesses()).filter(({ group }) => groups.includes(group)).length;
}
