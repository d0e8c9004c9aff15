import type { TerminalEnd } from './schemas/terminal.ts';

const ENDS: Readonly<Record<TerminalEnd, string>> = {
  exited: 'its program ended',
  closed: 'it was closed',
  abandoned: 'nobody was connected any more',
  idle: 'nobody typed for too long',
  agent_gone: 'the agent was destroyed',
  hive_stopped: 'the hive stopped',
};

/** Why a terminal ended, for people. */
export function sayTerminalEnd(why: TerminalEnd, exitCode: number | null): string {
  return why === 'exited' && exitCode !== null ? `${ENDS.exited} with exit code ${exitCode}` : ENDS[why];
}

/** For a terminal that the hive does not have any more: its reason went with it. */
export const ENDED_UNSEEN = 'The terminal ended while nobody was connected.';

/** The most typed or pasted text in one call. A longer paste is sent in pieces. */
export const MAX_TYPED_CHARS = 32_768;
