import { readdir, readFile, readlink } from 'node:fs/promises';

/** The processes of a running tool: those below the CLI's own. */
export interface ToolProcesses {
  readonly count: number;
  /** Processor time that they have used, in clock ticks (usually 10 ms). */
  readonly ticks: number;
  /** One of them waits in a read of its standard input, which no other of them writes. */
  readonly readsInput: boolean;
}

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** The number of the system call `read` (arch/x86/entry/syscalls, include/uapi/asm-generic/unistd.h). */
const READ: Readonly<Record<string, string>> = { x64: '0', arm64: '63' };

/** Inspects the descendants of a process; null when there are none, or where there is no /proc. Never throws. */
export async function inspectTool(cli: number): Promise<ToolProcesses | null> {
  const tool = descendantsOf(cli, await listProcesses());
  if (tool.length === 0) return null;
  const ticks = tool.reduce((sum, one) => sum + one.ticks, 0);
  const files = new Map(await Promise.all(tool.map(async ({ pid }) => [pid, await readFiles(pid)] as const)));
  const waiting = await Promise.all(tool.map(({ pid }) => waitsInRead(pid)));
  const readsInput = tool.some(({ pid }, at) => waiting[at] === true && !isWrittenWithin(files, pid));
  return { count: tool.length, ticks, readsInput };
}

export function descendantsOf<T extends { pid: number; parent: number }>(root: number, processes: readonly T[]): T[] {
  const found: T[] = [];
  let parents = new Set([root]);
  while (parents.size > 0) {
    const children = processes.filter(({ parent }) => parents.has(parent));
    found.push(...children.filter((child) => !found.includes(child)));
    parents = new Set(children.map(({ pid }) => pid).filter((pid) => pid !== root));
  }
  return found;
}

async function listProcesses(): Promise<Found[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readStat(Number(pid))));
  return found.flat();
}

async function readStat(pid: number): Promise<Found[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The program's name is in parentheses and may contain any character: parse after the last one.
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || state === 'Z' || parent === undefined) return [];
  // utime and stime are fields 14 and 15 (proc(5)); `rest` begins with field 5.
  return [{ pid, parent: Number(parent), ticks: Number(rest[9] ?? 0) + Number(rest[10] ?? 0) }];
}

async function waitsInRead(pid: number): Promise<boolean> {
  const call = await readFile(`/proc/${pid}/syscall`, 'utf8').catch(() => '');
  const [number, file] = call.split(' ');
  return number === READ[process.arch] && file === '0x0';
}

/** What each file descriptor of a process refers to ("pipe:[123]"). */
async function readFiles(pid: number): Promise<Map<string, string>> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    names.map(async (name) => [name, await readlink(`/proc/${pid}/fd/${name}`).catch(() => '')] as const),
  );
  return new Map(links);
}

/** Whether another process of the tool holds the pipe that this one reads: a pipeline, whose input is on its way. */
function isWrittenWithin(files: ReadonlyMap<number, ReadonlyMap<string, string>>, reader: number): boolean {
  const input = files.get(reader)?.get('0');
  if (input === undefined || input === '') return true;
  if (!input.startsWith('pipe:')) return false;
  return [...files].some(
    ([pid, links]) => pid !== reader && [...links].some(([name, target]) => name !== '0' && target === input),
  );
}
