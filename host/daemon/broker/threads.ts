import { HiveError } from '../../../protocol/errors.ts';
import { OPERATOR } from '../../../protocol/names.ts';
import type { ThreadView } from '../../../protocol/schemas/message.ts';
import { findMessage } from '../store/messages.ts';
import { closeQuestion, findQuestion } from '../store/questions.ts';
import { setThreadState, threadHead, threadStateOf } from '../store/threads.ts';
import type { Tx } from '../store/writer.ts';
import { endPause } from './damp.ts';
import type { PostDeps } from './post.ts';

/**
 * Closes a thread or opens it again:
 *
 *   open ◄──open/close──► closed        paused ──open──► open (what was held goes out)
 *                                       paused ──close──► closed (what was held is withdrawn)
 */
export function changeThread(tx: Tx, deps: PostDeps, ask: { message: number; state: 'open' | 'closed' }): ThreadView {
  const thread = findMessage(tx.db, ask.message)?.thread;
  if (thread === undefined) throw new HiveError('unknown_message', `There is no message #${ask.message}.`);
  const before = threadStateOf(tx.db, thread);
  if (before === 'paused') {
    const ended = endPause(tx, deps, { of: { thread }, how: ask.state === 'open' ? 'go_on' : 'close', by: OPERATOR });
    if (ended?.question != null) withdrawQuestion(tx, deps, ended.question);
  } else if (before !== ask.state) {
    setThreadState(tx.db, thread, { state: ask.state, why: ask.state === 'closed' ? 'closed by the operator' : null });
    deps.events.append(tx, ask.state === 'closed' ? 'thread.closed' : 'thread.opened', {
      data: { thread, by: OPERATOR },
    });
  }
  const head = threadHead(tx.db, thread);
  if (head === null) throw new HiveError('unknown_message');
  return head;
}

function withdrawQuestion(tx: Tx, deps: PostDeps, id: number): void {
  if (findQuestion(tx.db, id)?.state !== 'open') return;
  closeQuestion(tx.db, id, { state: 'withdrawn', answer: null, at: deps.clock() });
  deps.events.append(tx, 'question.closed', { data: { id, state: 'withdrawn', answer: null } });
}
