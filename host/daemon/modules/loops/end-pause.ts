import { SYSTEM } from '../../../../protocol/names.ts';
import { pausedThreadsOf } from './store/talks.ts';
import type { Tx } from '../../core/writer.ts';
import { findPausedTalk } from './damp.ts';
import { findPausedChain } from './damp-chain.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { liftPause, type PauseKey } from './pause.ts';

/** Ends a pause, see `liftPause`. Returns false when no pause exists there. */
export function endPause(
  tx: Tx,
  deps: MailContext,
  end: { of: PauseKey; how: 'go_on' | 'close'; by: string },
): boolean {
  const pause = findPausedTalk(tx, deps, end.of) ?? findPausedChain(tx, end.of);
  if (pause === null) return false;
  liftPause(tx, deps, { ...end, pause });
  return true;
}

/**
 * On destruction of an agent: releases the mail held by its pauses and withdraws the questions about them.
 */
export function endPausesOf(tx: Tx, deps: MailContext, name: string): void {
  for (const thread of pausedThreadsOf(tx.db, name)) {
    const pause = findPausedTalk(tx, deps, { thread });
    if (pause !== null) liftPause(tx, deps, { pause, how: 'go_on', by: SYSTEM });
  }
}
