import type { TurnOutcome } from '../../../../../protocol/schemas/harness.ts';
import { shorten } from '../../../../../system/text/cut-text.ts';

/** The longest quotation of a box's words, in UTF-16 units. */
const MAX_QUOTED = 300;
/** Control and format characters (bidirectional marks, zero-width ones), line and paragraph separators, half characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/**
 * Text that an agent or its box chose, for a place in which the hive speaks: one line between quotation marks which
 * the text itself cannot end, without invisible characters, angle brackets or a length that hides what follows.
 */
export function quoteWords(text: string): string {
  const line = text
    .replaceAll(UNSEEN, ' ')
    .replaceAll(/["“”„‟〝〞＂«»]/g, "'")
    .replaceAll(/[<＜﹤‹]/g, '(')
    .replaceAll(/[>＞﹥›]/g, ')')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return `“${shorten(line, MAX_QUOTED)}”`;
}

/** How a turn ended, in the hive's words: the only ones that a notice of the hive may say about it. */
export function sayOutcome(outcome: TurnOutcome): string {
  switch (outcome) {
    case 'done':
      return 'the turn was done';
    case 'failed':
      return 'the turn failed';
    case 'timed_out':
      return 'the turn took too long';
    case 'rate_limited':
      return 'a usage limit of the model was reached';
    case 'needs_login':
      return 'the model provider refused the login';
    case 'outage':
      return 'the model provider was out of order or not reached';
    case 'starved':
      return 'its box lacked memory, processes or disk';
    case 'interrupted':
      return 'the turn was interrupted';
  }
}

/** The same for a receipt, with the reason that the agent's box gave, marked as the box's own words. */
export function sayOutcomeWithReason(agent: string, outcome: TurnOutcome, reason: string | null): string {
  const said = sayOutcome(outcome);
  return reason === null || reason.trim() === '' ? said : `${said}; ${agent}'s box says: ${quoteWords(reason)}`;
}
