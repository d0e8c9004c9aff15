import type { ClaudeLine } from './parse-line.ts';
import type { WarmProcess } from './warm-process.ts';

/** How a request to compact ended: `over` when the process ended with it. */
export type Compacted = 'compacted' | 'refused' | 'over';

/** A compaction is one request, whose answer may be long; after this it is given up. */
const LONGEST_MS = 5 * 60_000;

/**
 * Has the CLI summarise its session before a turn. A session that it does not compact is continued as it is; the turn
 * shows what is wrong.
 */
export async function compactSession(
  cli: WarmProcess,
  parts: {
    newUuid: () => string;
    signal: AbortSignal;
    longestMs?: number;
    onCompacted?: (sizes: Extract<ClaudeLine, { kind: 'compacted' }>['sizes']) => void;
  },
): Promise<Compacted> {
  const { signal } = parts;
  let compacted = false;
  let giveUp: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    return await new Promise<Compacted>((resolve) => {
      onAbort = () => {
        cli.write({ type: 'control_request', request_id: parts.newUuid(), request: { subtype: 'interrupt' } });
        resolve('refused');
      };
      giveUp = setTimeout(() => {
        cli.kill('It did not end a compaction.');
        resolve('over');
      }, parts.longestMs ?? LONGEST_MS);
      cli.follow((line) => {
        if (line.kind === 'compacted') {
          compacted = true;
          parts.onCompacted?.(line.sizes);
        }
        if (line.kind === 'result') resolve(compacted ? 'compacted' : 'refused');
      });
      void cli.exited.then(() => resolve('over'));
      if (signal.aborted) return resolve('refused');
      signal.addEventListener('abort', onAbort, { once: true });
      const content = [{ type: 'text', text: '/compact' }];
      cli.write({ type: 'user', uuid: parts.newUuid(), message: { role: 'user', content } });
      return undefined;
    });
  } finally {
    clearTimeout(giveUp);
    signal.removeEventListener('abort', onAbort);
    cli.follow(null);
  }
}
