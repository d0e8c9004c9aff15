import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import type { GitProcess } from '../git/process.ts';
import { FLUSH, pktLine } from '../git/pkt-line.ts';
import { presentCaller } from '../pulls/pull-repository.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { RepoPath } from './open-repository.ts';
import { push } from './push.ts';

/** A move of one branch that the forge makes for a caller; null: the branch is not there before, or after. */
export interface OwnPush extends RepoPath {
  readonly ref: string;
  readonly from: string | null;
  readonly to: string | null;
  /** The objects that are new; null for a deletion. */
  readonly pack: Buffer | null;
  readonly signal: AbortSignal;
}

const NOTHING = '0'.repeat(40);

/**
 * Moves a branch by the path of every push: rights, the rules of protected branches, quotas, the search for secrets and
 * git's own checks of objects hold as they do for a client's. Throws `forbidden` with the reason of a refusal,
 * `pull_moved` when the branch is not at `from` any more, `forge_quota`, `service_unavailable`.
 */
export async function pushForCaller(core: ForgeCore, caller: RepoCaller, wanted: OwnPush): Promise<void> {
  const { owner, name, ref, from, to, pack, signal } = wanted;
  const callerOf = () => presentCaller(core, caller);
  const commands = [{ ref, new: to }];
  const client = { env: {}, gone: signal, tell: () => {} };
  let refusal: string | null = null;
  const request = { owner, name, callerOf, commands, shallow: [], client };
  await push(core, request, {
    async refuse(reason) {
      refusal = reason;
    },
    async exchange({ maxBytes }, git, settle) {
      if (pack !== null && pack.length > maxBytes)
        throw new HiveError('payload_too_large', 'That is more than one push may bring.');
      const head = pktLine(`${from ?? NOTHING} ${to ?? NOTHING} ${ref}\0 report-status`);
      refusal = await talk(git, pack === null ? [head, FLUSH] : [head, FLUSH, pack]);
      await settle();
    },
  });
  if (refusal !== null) throw explain(refusal, ref);
}

/** Gives git the push; resolves with its refusal, or null. */
async function talk(git: GitProcess, parts: readonly (string | Buffer)[]): Promise<string | null> {
  for (const part of parts) git.stdin.write(part);
  git.stdin.end();
  const chunks: Buffer[] = [];
  for await (const chunk of git.stdout) chunks.push(chunk as Buffer);
  const report = Buffer.concat(chunks).toString('utf8');
  const { code, stderr } = await git.ended;
  if (report.includes('unpack ok\n') && /^[0-9a-f]{4}ok refs\//m.test(report)) return null;
  const reason = /^[0-9a-f]{4}ng \S+ (.*)$/m.exec(report)?.[1] ?? /unpack (?!ok)(.*)/.exec(report)?.[1];
  // Of a refusal of the hook, the reason is what it printed.
  const said = reason === 'pre-receive hook declined' ? stderr.trim() : reason;
  return said === undefined || said === '' ? `git ended with ${code}: ${stderr.trim()}` : said;
}

/** What git says when a branch moved between reading and writing. */
const MOVED = /failed to update ref|fetch first|reference already exists|cannot lock ref|missing necessary objects/;

function explain(reason: string, ref: string): HiveError {
  const branch = ref.replace(/^refs\/heads\//, '');
  if (MOVED.test(reason))
    return new HiveError('pull_moved', `${branch} moved meanwhile. Read what is there now, then try again.`, {
      cause: new Error(reason),
    });
  if (reason.includes('it contains secrets of this hive')) return new HiveError('contains_secret', reason);
  return new HiveError('forbidden', `${reason.replace(/\.?$/, '')}.`);
}
