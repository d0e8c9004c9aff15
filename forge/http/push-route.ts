import type { ServerResponse } from 'node:http';
import { HiveError } from '../../protocol/errors.ts';
import type { Admission, PushTransport } from '../backend/push.ts';
import { type Exchange, exchangeWithGit, NO_CACHE } from './git-exchange.ts';
import {
  assertBody,
  type Call,
  cutWhenIdle,
  type GitDoor,
  readNames,
  RESULT,
  serveClient,
  toLoggedError,
} from './git-call.ts';
import { guardPack } from '../git/guard-pack.ts';
import { pktLine } from '../git/pkt-line.ts';
import { type PushHead, readPushHead } from './push-head.ts';
import { drain, refusePush, reportRefusal } from './push-refusal.ts';
import { readBody } from './request-body.ts';

const CONTENT_TYPE = RESULT['git-receive-pack'];

/**
 * A push: its commands are read first (without holding a lock), then the backend decides when and whether git
 * receives it.
 */
export async function servePush(door: GitDoor, call: Call): Promise<unknown> {
  const { backend } = door;
  const { request, reply } = call;
  const callerOf = () => door.callerOf(request);
  assertBody(request, 'git-receive-pack');
  const names = readNames(request);
  await backend.assertMayPush(callerOf(), names);
  const { limits } = backend;
  // A pack over the limit is read to its end, so that its client gets the answer; not one that a small compressed
  // body unpacks to.
  const isPacked = request.headers['content-encoding'] !== undefined;
  const most = isPacked ? 2 * limits.maxPackBytes : Number.MAX_SAFE_INTEGER;
  await serveClient(backend, call, async (client) => {
    const { raw } = reply;
    const { head, whole } = await cutWhenIdle(readPushHead(readBody(request.raw, most)), limits.idleMs, () =>
      raw.destroy(),
    );
    let isGits = false;
    const refuse = (reason: string) =>
      refusePush(raw, { head, body: whole, reason, contentType: CONTENT_TYPE }, limits);
    const transport: PushTransport = {
      refuse,
      exchange: (admitted, git, settle) => {
        const body = guardPack(whole, { start: head.bytes, ...admitted });
        const prefix = hintAtShallow(admitted, head);
        const answer = { raw, body, contentType: CONTENT_TYPE, prefix, limits, settle };
        return exchangeWithGit(git, { ...answer, onOpen: () => (isGits = true), explain: explainTo(head, whole) });
      },
    };
    const { commands, shallow } = head;
    const asked = { ...names, callerOf, commands, shallow };
    try {
      if (head.encoding !== 'utf8') throw new HiveError('invalid_input', 'Names of branches and tags must be UTF-8');
      await backend.push({ ...asked, client: { ...client, tell: (line) => tellClient(raw, head, line) } }, transport);
    } catch (error) {
      // git shows the reason only from its own report: for any other status it prints "RPC failed" and "Everything
      // up-to-date".
      if (isGits || raw.destroyed || reportRefusal(head, '') === null) throw error;
      await refuse(toLoggedError(error, request).message);
    }
  });
  return reply;
}

/** Sends a `remote:` line before git has been started; not for a client without a side band. */
function tellClient(raw: ServerResponse, { capabilities }: PushHead, line: string): void {
  if (raw.destroyed || !capabilities.has('side-band-64k')) return;
  if (!raw.headersSent) raw.writeHead(200, { 'content-type': RESULT['git-receive-pack'], ...NO_CACHE });
  raw.write(pktLine(`\u0002${line}\n`));
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
 * A `remote:` line for a push whose clone ends at commits that this repository lacks: git is going to refuse it with
 * "shallow update not allowed", which names no remedy. Empty for every other push, and for clients without a side
 * band.
 */
function hintAtShallow({ lacksHistory }: Admission, { capabilities }: PushHead): string {
  return lacksHistory && capabilities.has('side-band-64k') ? pktLine(`\u0002${SHALLOW}\n`) : '';
}

const SHALLOW =
  'This clone has only part of its history (made with --depth). If it is refused, run: git fetch --unshallow, then push again.';
