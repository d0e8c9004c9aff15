import { agentName } from '../../protocol/names.ts';
import type { FactMail } from '../../protocol/schemas/forge-fact.ts';
import type { PushCommand } from '../store/pushes.ts';
import type { RefChange } from '../store/refs.ts';

/** The outcome of a push whose client disconnected before it had the answer. */
export interface LostPush {
  readonly by: string;
  /** `OWNER/NAME`. */
  readonly repo: string;
  readonly commands: readonly PushCommand[];
  /** Changed refs; empty for none. */
  readonly changes: readonly RefChange[];
  /** Why it was refused, where known. */
  readonly reason: string | null;
}

/** Maximum number of refs named in a notice; more are counted. */
const MOST_NAMED = 10;

/**
 * The notice to the author of a push that never received its outcome; null without a recipient: the operator sits at
 * a terminal, and `system` is nobody. A push whose client got the answer needs no notice (docs/decisions: a fact may
 * carry mail).
 */
export function composePushMail(push: LostPush): FactMail | null {
  const author = agentName.safeParse(push.by);
  if (!author.success) return null;
  return { to: author.data, body: describe(push), priority: 'high', notice: 'interruption' };
}

function describe({ repo, commands, changes, reason }: LostPush): FactMail['body'] {
  const open: FactMail['body'] = ['The connection of your push to ', { quote: repo }, ' ended before its answer. '];
  if (changes.length === 0)
    return [
      ...open,
      'Nothing was changed. ',
      ...(reason === null ? ['Push again if it is still wanted.'] : ['It was refused: ', { quote: reason }, '.']),
    ];
  const moved = new Set(changes.map(({ ref }) => ref));
  const rest = commands.filter(({ ref }) => !moved.has(ref)).map(({ ref }) => ref);
  return [
    ...open,
    'It took effect: ',
    ...list(changes, ({ ref, new: oid }) => [
      { quote: shorten(ref) },
      oid === null ? ' is deleted' : ` is at ${oid.slice(0, 12)}`,
    ]),
    '.',
    ...(rest.length === 0 ? [] : [' Not changed: ', ...list(rest, (ref) => [{ quote: shorten(ref) }]), '.']),
    ' There is no need to push it again.',
  ];
}

function list<T>(items: readonly T[], say: (item: T) => FactMail['body']): FactMail['body'] {
  const named = items.slice(0, MOST_NAMED).flatMap((item, at) => [...(at === 0 ? [] : [', ']), ...say(item)]);
  return items.length > MOST_NAMED ? [...named, ` and ${items.length - MOST_NAMED} more`] : named;
}

function shorten(ref: string): string {
  return ref.replace(/^refs\/heads\//, '').replace(/^refs\/tags\//, 'tag ');
}
