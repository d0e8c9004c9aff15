/**
 * The kinds of the hive's notices to agents, each declared once. `drives`: whether a notice starts a turn by itself. One
 * that does not rides along with the next mail that starts a turn. An agent's `wakeFor` chooses otherwise, except for
 * `always`.
 */
export const NOTICES = {
  interruption: {
    drives: 'always',
    about: 'its running turn was cut by a rebuild, or its push lost the connection before the answer',
  },
  rebuild: { drives: true, about: 'its box was rebuilt while no turn ran' },
  given_up: { drives: true, about: 'a message that it sent was given up after failed turns' },
  question: { drives: true, about: 'a question that it asked ended without an answer, or with its default' },
  disk: { drives: true, about: 'its files are over a limit, and its box will be stopped' },
  review: {
    drives: true,
    about:
      'somebody asks it for a review, judged its pull request, pushed commits to one that it judged, or the merge queue put out one of its own',
  },
  pull_ended: { drives: false, about: 'a pull request of its own was merged or closed' },
  check_failed: { drives: true, about: 'a required check of its pull request failed' },
  expired: { drives: false, about: 'a message that it sent expired before it was read' },
  timer: {
    drives: false,
    about: 'a reminder or schedule of its own could not be delivered, or has no more runs',
  },
} as const satisfies Record<string, { readonly drives: boolean | 'always'; readonly about: string }>;

export type Notice = keyof typeof NOTICES;
/** A kind that `wakeFor` may name. */
export type NoticeKind = Exclude<Notice, 'interruption'>;
/** Every kind. */
export const ALL_NOTICES = Object.keys(NOTICES) as [Notice, ...Notice[]];
export const NOTICE_KINDS = ALL_NOTICES.filter((notice): notice is NoticeKind => NOTICES[notice].drives !== 'always');
/** The kinds that start a turn of an agent without `wakeFor`. */
const USUAL: readonly NoticeKind[] = NOTICE_KINDS.filter((kind) => NOTICES[kind].drives);

/** Whether a notice starts a turn by itself. Without `wakeFor` the table decides. */
export function drivesTurn(notice: Notice, wakeFor: readonly NoticeKind[] = USUAL): boolean {
  return NOTICES[notice].drives === 'always' || wakeFor.some((kind) => kind === notice);
}

/** Words for whole lists of kinds, as they are typed. */
const WORDS: Readonly<Record<string, readonly NoticeKind[]>> = { all: NOTICE_KINDS, none: [], default: USUAL };

/** Parses a list of kinds as typed, or the error as the end of a sentence about it. */
export function readWakeFor(typed: string): { readonly value: NoticeKind[] } | { readonly problem: string } {
  const names = typed.split(/[,\s]+/).filter((name) => name !== '');
  const [first = ''] = names;
  const list = names.length === 1 && Object.hasOwn(WORDS, first) ? WORDS[first] : null;
  if (list !== null && list !== undefined) return { value: [...list] };
  if (names.length === 0 || !names.every((name) => NOTICE_KINDS.some((kind) => kind === name)))
    return { problem: `is all, none, default or a list of ${NOTICE_KINDS.join(', ')}; not "${typed}"` };
  return { value: NOTICE_KINDS.filter((kind) => names.includes(kind)) };
}

/** The reverse: a list of kinds as it is typed. */
export function sayWakeFor(kinds: readonly NoticeKind[] = USUAL): string {
  const chosen = NOTICE_KINDS.filter((kind) => kinds.includes(kind));
  const word = Object.entries(WORDS).find(([, list]) => list.join() === chosen.join());
  return word?.[0] ?? chosen.join(', ');
}
