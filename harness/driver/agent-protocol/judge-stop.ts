import type { Verdict } from '../driver.ts';

const FAILED: Readonly<Record<string, string>> = {
  max_tokens: "The model's answer was longer than it may be.",
  max_turn_requests: 'The program made as many requests as it may in a turn.',
  refusal: 'The model refused to go on.',
  cancelled: 'The program cancelled the turn by itself.',
};

/** The end of a turn by the program's reason. */
export function judgeStop(reason: string): Verdict {
  if (reason === 'end_turn') return { kind: 'done' };
  const words = Object.hasOwn(FAILED, reason) ? FAILED[reason] : undefined;
  return { kind: 'failed', reason: words ?? `The program ended the turn with "${reason}".`, sessionSpent: false };
}
