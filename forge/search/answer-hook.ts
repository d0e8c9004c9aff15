import type { Duplex } from 'node:stream';
import { HiveError } from '../../protocol/errors.ts';
import { readLines } from '../../system/text/read-lines.ts';
import type { PushVerdict } from '../pulls/protect-push.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { toHiveError } from '../storage-errors.ts';
import { findForced } from './find-forced.ts';
import type { ReceivedPush } from './new-objects.ts';
import { noteSecrets } from './note-secrets.ts';
import { sayRefusal } from './say-refusal.ts';
import { hasSecrets, searchPush } from './search-push.ts';

/** The push that a hook asks about. */
export interface AskedPush {
  /** The connection with the hook of the push's git: its descriptor 3. */
  readonly talk: Duplex | null;
  /** The directory of the repository, which may not be in its place yet. */
  readonly path: string;
  /** `OWNER/NAME`. */
  readonly repo: string;
  readonly by: string;
  /** Throws when its author has lost the right since it began. */
  readonly assertStillAllowed: () => void;
  readonly enter: EnterTurn;
}

/**
 * Waits until the push alone may move refs, and resolves with what the rules say then. `tell` shows the pusher a line
 * while it waits. Throws `service_unavailable`, `unknown_repo`; rejects when the signal aborts.
 */
export type EnterTurn = (gone: AbortSignal, tell: (line: string) => void) => Promise<PushVerdict>;

/** A ref's name has at most some thousand bytes. */
const LINE_BYTES = 64 * 1024;
const REF = /^([0-9a-f]{40}|[0-9a-f]{64}) (refs\/.+)$/;

/**
 * Answers the hook of one push (git/hook.ts), which sends the directory of the push's objects, a line for each ref and
 * an empty line, and waits: any number of `say` and a line for the pusher, then `accepted`, or `refused` and a text. Git has checked the objects by then,
 * and no ref has moved. Never rejects: a push that cannot be searched is refused. Ends with git.
 */
export async function answerHook(core: ForgeCore, push: AskedPush): Promise<void> {
  const { talk, path } = push;
  if (talk === null) return;
  const gone = new AbortController();
  talk.once('close', () => gone.abort(new Error('the push ended')));
  const lines = await readQuestion(talk);
  // The hook waits for an answer: the end of its connection is a refusal.
  if (lines === null) return void talk.destroy();
  const answer = await decide(core, { ...push, received: readPush(path, lines) }, gone.signal);
  if (!talk.destroyed) talk.end(answer);
}

async function decide(
  core: ForgeCore,
  push: AskedPush & { received: ReceivedPush },
  gone: AbortSignal,
): Promise<string> {
  const { searchMs } = core.limits;
  const tooLong = AbortSignal.timeout(searchMs);
  try {
    const limit = AbortSignal.any([gone, tooLong]);
    // Others move refs meanwhile.
    const isClean = !(await hasSecrets(core, push.received, limit));
    const { refusal, forwardOnly } = await push.enter(gone, (line) => void push.talk?.write(`say ${line}\n`));
    if (refusal !== null) return refuse(refusal);
    const forced = await findForced(core.git, push.received, forwardOnly);
    if (forced !== null) return `refused\n${forced} is protected: nobody may remove commits from it.\n`;
    const found = isClean ? null : await searchPush(core, push.received, limit);
    if (found === null) {
      // A pack, its search and its turn may take long.
      push.assertStillAllowed();
      return 'accepted\n';
    }
    noteSecrets(core, { by: push.by, repo: push.repo, found });
    return `refused\n${sayRefusal(found)}`;
  } catch (error) {
    if (gone.aborted) return '';
    const failure = tooLong.aborted
      ? new HiveError(
          'service_unavailable',
          `this push takes more than ${searchMs / 60_000} minutes to search for secrets; push it in parts`,
        )
      : toHiveError(error);
    if (failure.code === 'internal') core.log.error({ repo: push.repo, err: error }, 'a push could not be searched');
    return refuse(failure.message);
  }
}

const refuse = (reason: string) => `refused\nThis push is refused: ${reason.replace(/\.$/, '')}.\n`;

/** The lines before the empty one; null when git ends without it, because it refuses the push itself. */
function readQuestion(talk: Duplex): Promise<string[] | null> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    readLines(talk, {
      maxBytes: LINE_BYTES,
      onLong: () => resolve(null),
      onLine: (line) => (line === '' && lines.length > 0 ? resolve(lines) : lines.push(line)),
      onEnd: () => resolve(null),
    });
  });
}

function readPush(path: string, [quarantine = '', ...lines]: readonly string[]): ReceivedPush {
  const refs = lines.map((line) => {
    const [, oid, ref] = REF.exec(line) ?? [];
    if (oid === undefined || ref === undefined)
      throw new Error('the hook of a push sent a line that is not one of its');
    return { ref, oid };
  });
  return { path, quarantine: quarantine === '' ? null : quarantine, refs: refs.filter(({ oid }) => !/^0+$/.test(oid)) };
}
