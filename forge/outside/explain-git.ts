import { placeOf, readOutsideUrl } from '../../protocol/outside-url.ts';
import { shorten } from '../../system/text/cut-text.ts';
import type { GatewayRefusal } from './read-refusal.ts';
import type { Trouble } from './trouble.ts';

/** How a git ended that worked with a server outside. */
export interface GitEnd {
  readonly url: string;
  /** Its messages. */
  readonly stderr: string;
  readonly refusal: GatewayRefusal | null;
  readonly isFull: boolean;
  readonly maxBytes: number;
  readonly isLate: boolean;
}

const MIB = 1024 * 1024;
const MOST_CHARS = 400;

/** Why it failed, in a sentence with what to do. The server's own words are the last resort. */
export function explainGit({ url, stderr, refusal, isFull, maxBytes, isLate }: GitEnd): Trouble {
  const read = readOutsideUrl(url);
  const place = typeof read === 'string' ? url : placeOf(read);
  if (refusal !== null) {
    const isForOperator = !PASSING.has(refusal.code);
    return { kind: isForOperator ? 'refused' : 'other', words: refusal.words };
  }
  if (isFull)
    return {
      kind: 'too_large',
      words: `${url} sent more than ${Math.floor(maxBytes / MIB)} MiB, the most that one transfer may bring (forge.max_pack_mb of config.yaml, and the quota of the owner).`,
    };
  if (isLate) return { kind: 'slow', words: `${url} took too long; it is tried again.` };
  if (/Authentication failed|could not read (?:Username|Password)|error: 401|error: 403|HTTP 40[13]/i.test(stderr))
    return {
      kind: 'credentials',
      words: `${place} wants credentials, or does not take those that it got. Store a token with hivectl secret set NAME, and have the gateway add it: hivectl egress inject hive ${place} --secret NAME --scheme basic`,
    };
  if (/repository '.*' not found|error: 404|error: 410/i.test(stderr))
    return {
      kind: 'not_found',
      words: `There is no repository at ${url}, or the credentials do not let the hive see it.`,
    };
  if (/error: 30\d|unable to update url base from redirection/i.test(stderr))
    return { kind: 'redirected', words: `${url} leads to another address: name that address.` };
  if (/fsck|transfer\.fsckObjects|index-pack failed|bad object/i.test(stderr))
    return { kind: 'content', words: `${url} has objects that git’s checks refuse: ${lastLines(stderr)}` };
  return { kind: 'other', words: `git could not use ${url}: ${lastLines(stderr)}` };
}

/** Refusals that may pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['not_told', 'too_many', 'unreachable', 'no_such_host', 'idle']);

/** The end of git's messages, without its progress, in one line. */
function lastLines(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => plain(line))
    .filter((line) => line !== '' && !/^(?:remote: )?[A-Z][a-z]+ing objects: /.test(line));
  return shorten(lines.slice(-3).join(' ') || 'it gave no reason.', MOST_CHARS);
}

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}
