import type { ServerResponse } from 'node:http';
import { HiveError } from '../../protocol/errors.ts';
import type { RepoName, RepoOwner } from '../../protocol/names.ts';
import { nameOf } from '../authorize.ts';
import { readRefs } from '../git/look.ts';
import type { GitProcess } from '../git/process.ts';
import { decidePush } from '../repositories/decide-push.ts';
import { runFirstPush } from '../repositories/first-push.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { openForPush } from '../repositories/open-repository.ts';
import { waitForEarlierPushes } from '../repositories/hold-repository.ts';
import { runPush } from '../repositories/run-push.ts';
import { measureOwner, type Repository } from '../store/repositories.ts';
import { type Exchange, exchangeWithGit, NO_CACHE } from './git-exchange.ts';
import {
  assertBody,
  type Call,
  type ClientScope,
  cutWhenIdle,
  type GitDoor,
  readNames,
  RESULT,
  serveClient,
  takeSlot,
  toLoggedError,
} from './git-call.ts';
import { waitTurn } from './wait-turn.ts';
import { guardPack } from './guard-pack.ts';
import { pktLine } from './pkt-line.ts';
import { type PushHead, readPushHead } from './push-head.ts';
import { drain, refusePush, reportRefusal } from './push-refusal.ts';
import { readBody } from './request-body.ts';

/**
 * A push's own work: its commands are read first (holding nothing), then it waits for the repository's
 * push lock, then for a turn. The rights are asked again at the end of the waiting.
 */
export async function servePush(core: ForgeCore, door: GitDoor, call: Call): Promise<unknown> {
  const { request, reply } = call;
  assertBody(request, 'git-receive-pack');
  const names = readNames(request);
  const { isOwnerKnown } = door;
  const mayPush = () => openForPush(core, { caller: door.callerOf(), action: 'write', isOwnerKnown, ...names });
  await mayPush();
  const { limits } = core;
  // A pack over the limit is read to its end without a limit, so that its client gets the answer; not what unpacks to more.
  const isPacked = request.headers['content-encoding'] !== undefined;
  const most = isPacked ? 2 * limits.maxPackBytes : Number.MAX_SAFE_INTEGER;
  await serveClient(core, call, async (scope) => {
    const { head, whole } = await cutWhenIdle(readPushHead(readBody(request.raw, most)), limits.idleMs, () =>
      reply.raw.destroy(),
    );
    const tell = (line: string) => tellClient(reply.raw, head, line);
    let isGits = false;
    const onOpen = () => (isGits = true);
    try {
      await serveInTurn({ core, door, names, mayPush, scope, tell }, { head, whole, raw: reply.raw, onOpen });
    } catch (error) {
      // git shows the reason in its own report only: of another status it says "RPC failed" and "Everything up-to-date".
      if (isGits || reply.raw.destroyed || reportRefusal(head, '') === null) throw error;
      const reason = toLoggedError(error, request).message;
      await refusePush(reply.raw, { head, body: whole, reason, contentType: RESULT['git-receive-pack'] }, limits);
    }
  });
  return reply;
}

interface PushCall {
  readonly core: ForgeCore;
  readonly door: GitDoor;
  readonly names: { readonly owner: RepoOwner; readonly name: RepoName };
  /** Throws unless the caller may push now; null while there is no repository. */
  readonly mayPush: () => Promise<Repository | null>;
  readonly scope: ClientScope;
  readonly tell: (line: string) => void;
}

/** The push, once its commands are known: lock, slot, rights, git. */
async function serveInTurn(
  call: PushCall,
  push: { head: PushHead; whole: AsyncGenerator<Buffer>; raw: ServerResponse; onOpen: () => void },
): Promise<void> {
  const { core, door, names, mayPush, scope, tell } = call;
  const { head, whole, raw, onOpen } = push;
  const { limits } = core;
  const locked = await lockRepository(call);
  const caller = door.callerOf();
  scope.hold(await takeSlot(core, nameOf(caller), { gone: scope.gone, tell }));
  const repository = await mayPush();
  if (repository?.id !== locked?.id) throw new HiveError('unknown_repo');
  const contentType = RESULT['git-receive-pack'];
  const refs = repository === null ? [] : await refNames(core, repository);
  const use = measureOwner(core.db, names.owner);
  const reason = decidePush({ owner: names.owner, commands: head.commands, refs }, use, limits);
  if (reason !== null) return refusePush(raw, { head, body: whole, reason, contentType }, limits);
  const prefix = await hintAtShallow(core, repository, head);
  const maxObjects = Math.max(0, limits.maxOwnerObjects - use.objects);
  const allowed = { start: head.bytes, maxBytes: limits.maxPackBytes, maxObjects, owner: names.owner };
  const exchange = { raw, body: guardPack(whole, allowed), contentType, prefix, limits, onOpen };
  const serve = (git: GitProcess, settle: Exchange['settle']) =>
    exchangeWithGit(git, { ...exchange, settle, explain: explainTo(head, whole) });
  const asked = { by: nameOf(caller), commands: head.commands, env: scope.env };
  if (repository === null) await runFirstPush(core, { ...asked, ...names }, serve);
  else await runPush(core, { ...asked, repository, gone: scope.gone }, serve);
}

/** A `remote:` line, before git has been started; not for a client without a side band. */
function tellClient(raw: ServerResponse, { capabilities }: PushHead, line: string): void {
  if (raw.destroyed || !capabilities.has('side-band-64k')) return;
  if (!raw.headersSent) raw.writeHead(200, { 'content-type': RESULT['git-receive-pack'], ...NO_CACHE });
  raw.write(pktLine(`\u0002${line}\n`));
}

/** Takes the push lock of the repository, or of its name while there is none, and waits for earlier pushes. */
async function lockRepository({ core, names, mayPush, scope, tell }: PushCall): Promise<Repository | null> {
  const { gone, hold } = scope;
  const why = `another push into ${names.owner}/${names.name} is under way`;
  const lock = async (key: string, then: (signal: AbortSignal) => Promise<void>) => {
    const take = async (signal: AbortSignal) => {
      hold(await core.pushLocks.take(key, signal));
      await then(signal);
      return () => {};
    };
    await waitTurn({ gone, tell, why, take }, core.limits);
  };
  if ((await mayPush()) === null) {
    await lock(`${names.owner}/${names.name.toLowerCase()}`, async () => {});
    // Of several first pushes at once, the first one made it.
    if ((await mayPush()) === null) return null;
  }
  const found = await mayPush();
  if (found === null) throw new HiveError('unknown_repo');
  await lock(String(found.id), (signal) => waitForEarlierPushes(core, found.id, signal));
  return found;
}

async function refNames(core: ForgeCore, repository: Repository): Promise<Iterable<string>> {
  return (await readRefs(core.git, core.places.repositoryDir(repository))).keys();
}

/** A pack that is too large is refused in git's own report, once the client has sent all of it. */
function explainTo(head: PushHead, body: AsyncIterable<Buffer>): NonNullable<Exchange['explain']> {
  return async (failure, watchdog) => {
    if (!(failure instanceof HiveError) || !TOO_MUCH.has(failure.code)) return null;
    const report = reportRefusal(head, failure.message);
    if (report === null) return null;
    return drain(body, watchdog).then(
      () => report,
      () => null,
    );
  };
}

const TOO_MUCH: ReadonlySet<string> = new Set(['payload_too_large', 'forge_quota']);

/**
 * A `remote:` line for a push from a shallow clone whose boundary this repository lacks: git is going to refuse it with
 * "shallow update not allowed", which names no cure. Empty for every other push, and for clients without a side band.
 */
async function hintAtShallow(core: ForgeCore, repository: Repository | null, head: PushHead): Promise<string> {
  if (!head.capabilities.has('side-band-64k')) return '';
  const path = repository === null ? core.places.empty : core.places.repositoryDir(repository);
  for (const oid of head.shallow.slice(0, MOST_BOUNDARIES)) {
    const isThere = await core.git.run([`--git-dir=${path}`, 'cat-file', '-e', oid]).then(
      () => true,
      () => false,
    );
    if (!isThere) return pktLine(`\u0002${SHALLOW}\n`);
  }
  return '';
}

const MOST_BOUNDARIES = 8;
const SHALLOW =
  'This clone has only part of its history (made with --depth). If it is refused, run: git fetch --unshallow, then push again.';
