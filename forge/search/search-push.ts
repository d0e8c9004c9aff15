import type { PushedSecret } from '../../protocol/schemas/push-secrets.ts';
import type { FoundSecret } from '../../system/redact/find-secrets.ts';
import { isAncestorArgv } from '../git/policy.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { type LocatedSecret, locateSecrets } from './locate-secrets.ts';
import { quarantineEnv, readNewObjects, type ReceivedPush } from './new-objects.ts';

/** The secrets of a push, without their values. */
export interface FoundInPush {
  /** The first places; never empty. */
  readonly places: readonly PushedSecret[];
  /** Whether there are more. */
  readonly more: boolean;
}

/** Places that the pusher and the operator are shown. */
const MOST_PLACES = 10;
/** Refs that are asked for a commit; one push rarely has more. */
const MOST_REFS = 20;

type Searching = Pick<ForgeCore, 'git' | 'findSecrets'>;

/**
 * Whether a push brings secrets: in the names of its refs, in files and their names, or in messages. The forge does not
 * hold the secrets: hived searches. Throws as searchForSecrets and readNewObjects do.
 */
export async function hasSecrets(core: Searching, push: ReceivedPush, signal: AbortSignal): Promise<boolean> {
  return (await findSecrets(core, push, signal)).length > 0;
}

/**
 * The secrets that a push brings, and where they are; null when there is none. The objects are read twice, so no ref may
 * move meanwhile. Throws as hasSecrets.
 */
export async function searchPush(
  core: Searching,
  push: ReceivedPush,
  signal: AbortSignal,
): Promise<FoundInPush | null> {
  const found = await findSecrets(core, push, signal);
  if (found.length === 0) return null;
  const names = namesOf(push);
  const inNames = found.filter(({ at }) => at < names.length);
  const inObjects = found
    .filter(({ at }) => at >= names.length)
    .map(({ name, at }) => ({ name, at: at - names.length }));
  const located = inObjects.length === 0 ? [] : await locateSecrets(readNewObjects(core.git, push, signal), inObjects);
  const shown = located.slice(0, MOST_PLACES);
  const places = [...sayNames(inNames), ...(await addRefs(core, { push, shown }, signal))];
  return {
    places: await hideSecrets(core, places.slice(0, MOST_PLACES), signal),
    more: places.length > MOST_PLACES || located.length > shown.length,
  };
}

/** Names and offsets of the secrets, in order. */
async function findSecrets(core: Searching, push: ReceivedPush, signal: AbortSignal): Promise<FoundSecret[]> {
  if (push.refs.length === 0) return [];
  async function* all(): AsyncGenerator<Buffer> {
    yield namesOf(push);
    yield* readNewObjects(core.git, push, signal);
  }
  return [...(await core.findSecrets(all, signal))].sort((a, b) => a.at - b.at);
}

function namesOf(push: ReceivedPush): Buffer {
  return Buffer.from(push.refs.map(({ ref }) => `${ref}\0`).join(''));
}

function sayNames(found: readonly FoundSecret[]): PushedSecret[] {
  const nowhere = { where: 'ref', commit: null, ref: null, path: null, line: null } as const;
  return [...new Set(found.map(({ name }) => name))].map((secret) => ({ secret, ...nowhere }));
}

/** Adds to each place the first pushed ref that has it. */
async function addRefs(
  { git }: Pick<ForgeCore, 'git'>,
  { push, shown }: { push: ReceivedPush; shown: readonly LocatedSecret[] },
  signal: AbortSignal,
): Promise<PushedSecret[]> {
  const refs = push.refs.slice(0, MOST_REFS);
  const refOf = new Map<string, string | null>();
  for (const { commit, oid } of shown) {
    const wanted = commit ?? oid;
    if (refOf.has(wanted)) continue;
    refOf.set(wanted, refs.find((one) => one.oid === wanted)?.ref ?? null);
    if (push.refs.length === 1) refOf.set(wanted, refs[0]!.ref);
    for (const { ref, oid: tip } of refs) {
      if (refOf.get(wanted) !== null || commit === null) break;
      signal.throwIfAborted();
      const asked = await git.start(isAncestorArgv(push.path, { commit, tip }), quarantineEnv(push));
      asked.stdin.end();
      asked.stdout.resume();
      if ((await asked.ended).code === 0) refOf.set(wanted, ref);
    }
  }
  return shown.map(({ oid, ...place }) => ({ ...place, ref: refOf.get(place.commit ?? oid) ?? null }));
}

/** Paths and refs that contain a secret themselves are not shown. */
async function hideSecrets(
  { findSecrets }: Pick<ForgeCore, 'findSecrets'>,
  places: readonly PushedSecret[],
  signal: AbortSignal,
): Promise<PushedSecret[]> {
  const texts = [...new Set(places.flatMap(({ path, ref }) => [path, ref]))].filter((text) => text !== null);
  const hidden = new Set<string>();
  // One by one: two that are harmless may contain one together.
  for (const text of texts) if ((await findSecrets(() => streamOf(text), signal)).length > 0) hidden.add(text);
  const show = (text: string | null) => (text === null || hidden.has(text) ? null : clean(text));
  return places.map((place) => ({ ...place, path: show(place.path), ref: show(place.ref) }));
}

async function* streamOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

const MOST_CHARS = 200;

/** For a terminal, and for one line. */
function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const printable = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return printable.length > MOST_CHARS ? `…${printable.slice(-MOST_CHARS)}` : printable;
}
