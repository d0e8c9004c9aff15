import { HiveError } from '../../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../../protocol/names.ts';
import type { FsckFinding, FsckView } from '../../../protocol/schemas/fsck.ts';
import { fsck } from '../../git/fsck.ts';
import type { ForgeCore } from '../../repositories/forge-core.ts';
import { isRepositoryThere } from '../../repositories/places.ts';
import { findFsck, putFsck } from '../../store/fscks.ts';
import { getRepository, type Repository } from '../../store/repositories.ts';
import { chooseNextAt } from '../policy/decide-upkeep.ts';
import { checkRecords } from './check-records.ts';
import { readFsck } from './read-fsck.ts';

export interface FsckWork {
  /** Whether nobody reads the answer: findings that were not there before are told to the operator. */
  readonly tells: boolean;
  readonly signal: AbortSignal;
}

/**
 * Checks a repository and records the result. One at a time, not beside maintenance. Throws `unknown_repo`, and when the
 * signal fires.
 */
export async function fsckRepository(core: ForgeCore, id: number, { tells, signal }: FsckWork): Promise<FsckView> {
  const ends = AbortSignal.any([signal, core.stopping]);
  const release = await core.upkeepSlot.take('', ends);
  try {
    const repository = getRepository(core.db, id);
    if (repository === null) throw new HiveError('unknown_repo');
    const began = core.steady();
    const findings = await check(core, repository, ends);
    ends.throwIfAborted();
    const now = core.clock();
    const tookMs = Math.round(core.steady() - began);
    const { owner, name } = repository;
    const nextAt = chooseNextAt(now, core.limits.fsckEveryMs, Math.random());
    const write = core.db.transaction(() => {
      const known = new Set(findFsck(core.db, id)?.findings.map(({ code, words }) => `${code} ${words}`));
      putFsck(core.db, id, { at: now, tookMs, findings, nextAt });
      const fresh = findings.filter(({ code, words }) => !known.has(`${code} ${words}`));
      if (tells && fresh.length > 0) tell(core, repository, fresh);
    });
    write.immediate();
    core.outbox.announce();
    return { owner, name, at: now, tookMs, findings };
  } finally {
    release();
  }
}

async function check(core: ForgeCore, repository: Repository, signal: AbortSignal): Promise<FsckFinding[]> {
  const name = `${repository.owner}/${repository.name}`;
  if (!(await isRepositoryThere(core.places, repository)))
    return [
      {
        code: 'no_directory',
        words: 'Its directory is gone, or is no directory.',
        advice: `Move it back while the hive is down, or restore it from a backup: hivectl forge restore ${name} --replace ${name}`,
      },
    ];
  const once = () => checkObjects(core, repository, signal);
  const found = await once();
  // A push or a prune at the same time may look like damage: what is wrong is wrong twice.
  const again = found.length === 0 ? [] : await once();
  const seen = new Set(again.map(({ code }) => code));
  const records = await checkRecords(core, repository, signal).catch((error: unknown): FsckFinding[] => {
    if (signal.aborted) throw error;
    core.log.error({ repo: name, err: error }, 'the records of a repository could not be checked');
    return [];
  });
  return [...found.filter(({ code }) => seen.has(code)), ...records];
}

async function checkObjects(core: ForgeCore, repository: Repository, signal: AbortSignal): Promise<FsckFinding[]> {
  const name = `${repository.owner}/${repository.name}`;
  const { fsckMs: limitMs } = core.limits;
  try {
    const answer = await fsck(core.git, core.places.repositoryDir(repository), { limitMs, signal });
    return readFsck(answer, name);
  } catch (error) {
    if (!(error instanceof HiveError && error.code === 'service_unavailable')) throw error;
    return [
      {
        code: 'unfinished',
        words: `git fsck did not end within ${Math.round(limitMs / 60_000)} minutes.`,
        advice: `Ask for it again when the machine has less to do: hivectl forge fsck ${name}`,
      },
    ];
  }
}

function tell(core: ForgeCore, { owner, name }: Repository, findings: readonly FsckFinding[]): void {
  const repo = `${owner}/${name}`;
  const [first] = findings;
  core.outbox.add({
    at: core.clock(),
    kind: 'forge.damage_found',
    by: SYSTEM,
    repo,
    data: { findings: findings.map(({ words }) => words) },
    mail: [
      {
        to: OPERATOR,
        priority: 'high',
        notice: 'interruption',
        body: [
          'The check of the repository ',
          { quote: repo },
          ' found: ',
          { quote: first!.words },
          findings.length > 1 ? ` There is more. ` : ' ',
          first!.advice,
          ` All of it: hivectl forge fsck ${repo}`,
        ],
      },
    ],
  });
}
