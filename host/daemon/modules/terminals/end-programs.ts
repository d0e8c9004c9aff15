import type { BoxRef, Runtime } from '../../runtime/runtime.ts';

/** Marks every program that runs in a terminal: children inherit it. */
export const MARK = 'HIVE_TERMINAL';

const DEADLINE_MS = 15_000;

/** Ends every process whose environment has the mark with a value that begins with $1. */
const END_MARKED = `
each_marked() {
  for dir in /proc/[0-9]*; do
    if tr '\\0' '\\n' 2>/dev/null <"$dir/environ" | grep -q "^${MARK}=$1"; then
      kill -s "$2" "\${dir#/proc/}" 2>/dev/null && found=yes
    fi
  done
}
found=no
each_marked "$1" HUP
if [ "$found" = yes ]; then sleep 1; each_marked "$1" KILL; fi
exit 0`;

/**
 * Ends what a terminal left running in a box, or all terminals (id null): what ignores the end of its terminal, as
 * programs do that were started with nohup or setsid. An agent could hide a program of its own from this; it may run
 * programs in its box anyway.
 */
export async function endPrograms(runtime: Pick<Runtime, 'run'>, box: BoxRef, id: string | null): Promise<void> {
  const argv = ['/bin/sh', '-c', END_MARKED, 'end-terminal', id ?? ''];
  await runtime.run(box, { argv, timeoutMs: DEADLINE_MS });
}
