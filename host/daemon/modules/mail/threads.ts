import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { ThreadView } from '../../../../protocol/schemas/message.ts';
import { findMessage } from './store/messages.ts';
import { setThreadState, threadHead, threadStateOf } from './store/threads.ts';
import type { Tx } from '../../core/writer.ts';
import { endPause } from '../loops/end-pause.ts';
import type { MailContext } from './mail-context.ts';

/**
 * Closes a thread or opens it again:
 *
 *   open ◄──open/close──► closed        paused ──open──► open (what was held goes out)
 *                                       paused ──close──► closed (what was held is withdrawn)
 */
export function changeThread(
  tx: Tx,
  deps: MailContext,
  ask: { message: number; state: 'open' | 'closed' },
): ThreadView {
  const thread = findMessage(tx.db, ask.message)?.thread;
  if (thread === undefined) throw new HiveError('unknown_message', `There is no message #${ask.message}.`);
  const how = ask.state === 'open' ? 'go_on' : 'close';
  // One thread may contain several paused pairs.
  const pause = { of: { thread }, how, by: OPERATOR } as const;
  while (endPause(tx, deps, pause));
  if (threadStateOf(tx.db, thread) !== ask.state) {
    setThreadState(tx.db, thread, { state: ask.state, why: ask.state === 'closed' ? 'closed by the operator' : null });
    deps.events.append(tx, ask.state === 'closed' ? 'thread.closed' : 'thread.opened', {
      data: { thread, by: OPERATOR },
    });
  }
  const head = threadHead(tx.db, thread);
  if (head === null) throw new HiveError('unknown_message');
  return head;
}
