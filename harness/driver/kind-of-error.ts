import type { Verdict } from './driver.ts';

/** What an error of a provider means for the agent. */
export type ErrorKind = 'rate_limit' | 'login' | 'spent' | 'away' | 'other';

/** By the HTTP status that a CLI passes on. Statuses from 500 on are `away`. */
export const KIND_OF_STATUS: Readonly<Record<number, ErrorKind>> = {
  429: 'rate_limit',
  401: 'login',
  402: 'login',
  403: 'login',
  408: 'away',
  413: 'spent',
};

/**
 * What makes a conversation unusable: it stays in there, so that every further request is refused as well. Words of
 * the providers' APIs and of their CLIs.
 */
const SPENT: Readonly<Record<string, RegExp>> = {
  length:
    /prompt is too long|request too large|input is too long|exceeds? (?:the )?(?:model's |maximum )?context|maximum context length|context[_ ]length[_ ]exceeded|context window of this model|ran out of room|input token count .*exceeds|exceed context limit|ContextOverflow/i,
  // "Image in the conversation": a CLI that leaves the image out repeats the request by itself, so these words end a turn
  // only if the conversation without it was refused as well.
  image:
    /could not process image|image in the conversation could not be processed|image (?:exceeds|dimensions|data .*not .*valid)|unable to process (?:the )?(?:input )?image|invalid image (?:data|url)|too many images/i,
  surrogate: /no low surrogate|lone (?:leading |trailing )?surrogate|(?:invalid|unpaired) (?:high |low )?surrogate/i,
  structure:
    /messages\.\d+[.:]|\btool_use\b.*without.*\btool_result\b|unexpected `?tool_use_id|no tool (?:output|call) found for function call|function (?:call|response) turn comes immediately after/i,
  compaction: /error during compaction|conversation too long|compaction failed/i,
};

/** By the words of an error. They are looked for in errors' texts alone, never in a model's. */
export const ERROR_WORDS = {
  rate_limit:
    /(?:hit|reached|exceeded) your [^.\n]{0,40}limit|out of (?:extra )?usage|\b(?:usage|session|hourly|daily|weekly|monthly|opus|spend(?:ing)?|rate) limit (?:was |is |has been )?(?:reached|hit|exceeded)|\bspend(?:ing)? limit\b/i,
  login: /please run \/login|invalid api key|oauth token (?:has )?(?:expired|revoked)|credit balance is too low/i,
  spent: new RegExp(
    Object.values(SPENT)
      .map(({ source }) => source)
      .join('|'),
    'i',
  ),
  away: /connection (?:error|refused|reset|closed)|unable to connect|ECONN\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|fetch failed|socket hang up|(?:request|stream|connection) (?:has )?timed out|overloaded|internal server error|bad gateway|service unavailable|gateway time-?out/i,
} as const;

/** The kind of an error with this text, and with this HTTP status if one is known. */
export function kindOfError(text: string, status: number | null): ErrorKind {
  if (ERROR_WORDS.spent.test(text)) return 'spent';
  if (status !== null) return KIND_OF_STATUS[status] ?? (status >= 500 ? 'away' : 'other');
  const [kind = 'other'] = (['rate_limit', 'login', 'away'] as const).filter((each) => ERROR_WORDS[each].test(text));
  return kind;
}

/** The verdict of a turn that an error of this kind ended. `resetsAt`: when a limit ends (epoch ms), null if unknown. */
export function verdictOfKind(kind: ErrorKind, reason: string, resetsAt: number | null = null): Verdict {
  switch (kind) {
    case 'rate_limit':
      return { kind: 'rate_limited', reason, resetsAt };
    case 'login':
      return { kind: 'needs_login', reason };
    case 'away':
      return { kind: 'outage', reason: `The model provider does not answer as it should: ${reason}` };
    case 'spent':
    case 'other':
      return { kind: 'failed', reason, sessionSpent: kind === 'spent' };
  }
}
