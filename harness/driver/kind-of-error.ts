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

/** By the words of an error. They are looked for in errors' texts alone, never in a model's. */
export const ERROR_WORDS = {
  rate_limit:
    /(?:hit|reached|exceeded) your [^.\n]{0,40}limit|out of (?:extra )?usage|\b(?:usage|session|hourly|daily|weekly|monthly|opus|spend(?:ing)?|rate) limit (?:was |is |has been )?(?:reached|hit|exceeded)|\bspend(?:ing)? limit\b/i,
  login: /please run \/login|invalid api key|oauth token (?:has )?(?:expired|revoked)|credit balance is too low/i,
  spent: /prompt is too long|request too large|input is too long|exceeds? (?:the )?(?:model's )?context/i,
  away: /connection (?:error|refused|reset|closed)|unable to connect|ECONN\w+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|fetch failed|socket hang up|(?:request|stream|connection) (?:has )?timed out|overloaded|internal server error|bad gateway|service unavailable|gateway time-?out/i,
} as const;

/** The kind of an error with this text, and with this HTTP status if one is known. */
export function kindOfError(text: string, status: number | null): ErrorKind {
  if (ERROR_WORDS.spent.test(text)) return 'spent';
  if (status !== null) return KIND_OF_STATUS[status] ?? (status >= 500 ? 'away' : 'other');
  const [kind = 'other'] = (['rate_limit', 'login', 'away'] as const).filter((each) => ERROR_WORDS[each].test(text));
  return kind;
}
