import type { HiveError } from '../../protocol/errors.ts';
import { OPERATOR, type RepoName, type RepoOwner, SYSTEM } from '../../protocol/names.ts';
import { push } from '../backend/push.ts';
import { guardPack } from '../git/guard-pack.ts';
import { FLUSH, pktLine } from '../git/pkt-line.ts';
import { NO_COMMIT, packArgv } from '../git/policy.ts';
import { gitFailed, type GitProcess } from '../git/process.ts';
import { OutsideError } from '../outside/trouble.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { toHiveError } from '../storage-errors.ts';
import type { RefMove } from './policy/plan-update.ts';

export interface BringIn {
  readonly owner: RepoOwner;
  readonly name: RepoName;
  /** Whose directory has the objects (fetch-aside.ts). */
  readonly from: string;
  readonly url: string;
  readonly moves: readonly RefMove[];
  /** Objects that the repository has, so that they are not sent. */
  readonly known: readonly string[];
  /** An import: the repository must not be there; its default branch. Null: an update of a mirror. */
  readonly creates: { readonly defaultBranch: string | null } | null;
  readonly signal: AbortSignal;
}

/**
 * Moves branches and tags to objects that came from outside, all or none, by the path of every push: quotas, git's checks
 * of objects, the rules for names, the search for secrets, and the record. Throws OutsideError, `duplicate_repo`,
 * `forge_quota`, `service_unavailable`, and the signal's reason.
 */
export async function bringIn(core: ForgeCore, wanted: BringIn): Promise<void> {
  const { owner, name, moves, creates, signal } = wanted;
  if (moves.length === 0) return;
  const commands = moves.map(({ ref, to }) => ({ ref, new: to }));
  let refusal: string | null = null;
  const own = { by: creates === null ? SYSTEM : OPERATOR, creates };
  const client = { env: {}, gone: signal, tell: () => {} };
  const request = { owner, name, callerOf: () => ({ kind: 'operator' as const }), commands, shallow: [], client, own };
  await push(core, request, {
    async refuse(reason) {
      refusal = reason;
    },
    async exchange(admitted, git, settle) {
      refusal = await send(core, { ...wanted, admitted }, git);
      await settle();
    },
  });
  signal.throwIfAborted();
  if (refusal !== null) throw explain(refusal, wanted.url);
}

type Admitted = { maxBytes: number; maxObjects: number; owner: string };

/** Gives git the push; resolves with its refusal, or null. */
async function send(core: ForgeCore, push: BringIn & { admitted: Admitted }, git: GitProcess): Promise<string | null> {
  const { moves, signal } = push;
  const stop = () => git.kill();
  signal.addEventListener('abort', stop, { once: true });
  const report = readAll(git.stdout);
  try {
    moves.forEach(({ ref, from, to }, index) => {
      const capabilities = index === 0 ? '\0 report-status atomic' : '';
      git.stdin.write(pktLine(`${from ?? NO_COMMIT} ${to ?? NO_COMMIT} ${ref}${capabilities}`));
    });
    git.stdin.write(FLUSH);
    if (moves.some(({ to }) => to !== null)) await writePack(core, push, git);
    git.stdin.end();
    return readReport(await report, await git.ended);
  } catch (error) {
    git.kill();
    await git.ended;
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Writes the pack with the objects that the repository lacks. */
async function writePack(
  core: ForgeCore,
  { from, moves, known, admitted }: BringIn & { admitted: Admitted },
  git: GitProcess,
): Promise<void> {
  const packing = await core.git.start(packArgv(from));
  const wanted = moves.flatMap(({ to }) => to ?? []);
  packing.stdin.end([...wanted, ...known.map((oid) => `^${oid}`)].map((line) => `${line}\n`).join(''));
  try {
    for await (const chunk of guardPack(chunksOf(packing.stdout), { start: 0, ...admitted })) {
      if (git.stdin.destroyed || !git.stdin.writable) break;
      if (!git.stdin.write(chunk)) await drained(git);
    }
    const { code, stderr } = await packing.ended;
    if (code !== 0 && git.stdin.writable) throw gitFailed(code, stderr);
  } finally {
    packing.kill();
    await packing.ended;
  }
}

/** Resolves when git has read what was written, or has ended. */
function drained(git: GitProcess): Promise<unknown> {
  return Promise.race([new Promise((resolve) => git.stdin.once('drain', resolve)), git.ended]);
}

async function* chunksOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield chunk as Buffer;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function readReport(report: string, { code, stderr }: { code: number | null; stderr: string }): string | null {
  const refused = /^[0-9a-f]{4}ng (\S+) (.*)$/m.exec(report);
  if (report.includes('unpack ok\n') && refused === null) return null;
  const [, ref = '', reason = ''] = refused ?? [];
  const unpacking = /unpack (?!ok)(.*)/.exec(report)?.[1];
  // Of a refusal of the hook, the reason is what it printed; of one of git's checks, too.
  if (reason === 'pre-receive hook declined' || unpacking !== undefined) return stderr.trim() || (unpacking ?? reason);
  return reason === '' ? `git ended with ${code}: ${stderr.trim()}` : `${ref}: ${reason}`;
}

function explain(refusal: string, url: string): HiveError {
  if (refusal.includes('it contains secrets of this hive')) {
    const names = [...refusal.matchAll(/^(?:remote: )? {2}(.+)$/gm)].map(([, line = '']) => line);
    return new OutsideError({
      kind: 'secret',
      words: `${url} contains secrets of this hive, and nothing of it is taken: ${names.join('; ')}. Whoever reads that server has the values: change them.`,
    });
  }
  return new OutsideError({ kind: 'content', words: `What ${url} has is refused: ${refusal.replace(/\.?$/, '')}.` });
}

/** Any failure of work with a server outside, as a sentence for the operator. */
export function toTrouble(error: unknown): { kind: OutsideError['trouble']['kind']; words: string } {
  if (error instanceof OutsideError) return error.trouble;
  const known = toHiveError(error);
  const kind = known.code === 'forge_quota' || known.code === 'payload_too_large' ? 'too_large' : 'other';
  return { kind, words: known.message };
}
