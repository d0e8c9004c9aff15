import type { TurnOutcome } from '../../../../../protocol/schemas/harness.ts';
import { shorten } from '../../../../../system/text/cut-text.ts';

/** Maximum length of quoted text from a box, in UTF-16 units. */
const MAX_QUOTED = 300;
/**
 * Control and format characters (bidirectional marks, zero-width characters), line and paragraph separators,
 * lone surrogates.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/**
 * Quotes text that an agent or its box chose inside text of the hive: one line between quotation marks that
 * the text itself cannot close, without invisible characters or angle brackets, and cut so that it cannot
 * hide the text after it.
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

/** Describes how a turn ended in the hive's own text: the only description that a notice may contain. */
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
    case 'budget':
      return 'a budget of the operator was used up';
    case 'interrupted':
      return 'the turn was interrupted';
  }
}

/** The same for a receipt, followed by the reason from the agent's box, quoted as the box's. */
export function sayOutcomeWithReason(agent: string, outcome: TurnOutcome, reason: string | null): string {
  const said = sayOutcome(outcome);
  return reason === null || reason.trim() === '' ? said : `${said}; ${agent}'s box says: ${quoteWords(reason)}`;
}
