import { HiveError } from '../../../../protocol/errors.ts';
import type { SecretView } from '../../../../protocol/secrets.ts';
import { runLatest } from '../../../../system/run-latest.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { KnownSecrets } from '../../core/known-secrets.ts';
import { storageError } from '../../core/storage-error.ts';
import type { LocalNode } from '../../node/local-node.ts';
import { type AgentRow, listAgents } from '../agents/queries.ts';
import { decideFiles, isFor } from './decide-files.ts';
import type { SecretValues } from './secret-values.ts';
import { listGrants } from './store/secret-grants.ts';

/** Beside an agent's secrets, where its git configuration includes it (node/account-files.ts). */
const GIT_FILE = '.gitconfig';

/** Secrets for agents: their values, views, and files in boxes. */
export interface AgentSecrets {
  /** Throws `not_found`. */
  view(name: string): SecretView;
  viewAll(): SecretView[];
  /** A secret's value; undefined when there is none of that name. */
  valueOf(name: string): string | undefined;
  /** Stores a value and hands it to the agents that have it. Throws `storage_unavailable`. */
  keep(name: string, value: string): Promise<void>;
  forget(name: string): Promise<void>;
  /**
   * Makes the files in every agent's box those that are granted now. Throws `storage_unavailable` when that failed for
   * some agent; the next call repairs it.
   */
  deliver(): Promise<void>;
}

export function createAgentSecrets(deps: {
  db: Db;
  values: SecretValues;
  known: Pick<KnownSecrets, 'learn'>;
  node: Pick<LocalNode, 'writeSecrets'>;
  /** A value was set or removed: the gateway may add it to requests. */
  onValuesChanged: () => void;
  /** The configuration of git that an agent needs for secrets that the gateway adds; null for none. */
  gitConfigOf: (agent: AgentRow) => string | null;
}): AgentSecrets {
  const { db, values, known, node } = deps;
  const learn = () =>
    known.learn(
      'agents',
      [...values.all()].map(([name, { value }]) => ({ name, value })),
    );
  learn();

  const deliveries = runLatest<void>(async () => {
    const grants = listGrants(db);
    const written = await Promise.allSettled(
      listAgents(db).map((agent) => {
        const { name, id, spec } = agent;
        const files = decideFiles({ name, role: spec.role }, grants, values.all());
        const gitConfig = deps.gitConfigOf(agent);
        return node.writeSecrets({ name, id }, gitConfig === null ? files : new Map([...files, [GIT_FILE, gitConfig]]));
      }),
    );
    const failed = written.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw storageError(failed.reason);
  });

  function viewAll(): SecretView[] {
    const grants = listGrants(db);
    const agents = listAgents(db).map(({ name, spec: { role } }) => ({ name, role }));
    return [...values.all()]
      .map(([name, { setAt }]) => {
        const own = grants.filter(({ secret }) => secret === name);
        const holders = agents.filter((agent) => own.some((grant) => isFor(grant, agent)));
        return { name, setAt, grants: own.map(({ subject }) => subject), agents: holders.map((agent) => agent.name) };
      })
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  async function changeValues(change: Promise<void>): Promise<void> {
    await change.catch((error: unknown) => {
      throw storageError(error);
    });
    learn();
    deps.onValuesChanged();
    await deliveries.run();
  }

  return {
    viewAll,
    valueOf: (name) => values.all().get(name)?.value,
    view(name) {
      const found = viewAll().find((one) => one.name === name);
      if (found === undefined)
        throw new HiveError('not_found', `There is no secret "${name}".`, {
          details: { command: 'hivectl secret ls' },
        });
      return found;
    },
    keep: (name, value) => changeValues(values.write(name, value)),
    forget: (name) => changeValues(values.remove(name)),
    deliver: () => deliveries.run(),
  };
}
