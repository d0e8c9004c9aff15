import { HiveError } from '../../../../protocol/errors.ts';
import { MOST_SECRETS } from '../../../../protocol/secrets.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Module, ModuleHandlers } from '../../core/module.ts';
import type { Writer } from '../../core/writer.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { deleteInjectionsOfSecret } from '../egress/queries.ts';
import type { AgentSecrets } from './serve-secrets.ts';
import { deleteGrant, deleteGrantsOfAgent, deleteGrantsOfSecret, insertGrant } from './store/secret-grants.ts';

export interface SecretsModuleDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  agentSecrets: AgentSecrets;
  onError: (error: unknown) => void;
}

/** Secrets for agents, which the operator sets and grants. */
export function secretsModule(deps: SecretsModuleDeps) {
  const { writer, agentSecrets } = deps;
  return {
    name: 'secrets',
    handlers: handleSecrets(deps),
    onAgentRetired: (tx, { name }) => deleteGrantsOfAgent(tx.db, name),
    onEvent({ kind }) {
      // The role may be another one now.
      if (kind === 'agent.changed') void agentSecrets.deliver().catch(deps.onError);
    },
  } satisfies Module;

  function handleSecrets({ db, events, clock }: SecretsModuleDeps) {
    return {
      admin: {
        listSecrets: () => ({ secrets: agentSecrets.viewAll() }),
        async setSecret({ name, value }, { caller }) {
          const known = agentSecrets.viewAll();
          if (known.length >= MOST_SECRETS && known.every((one) => one.name !== name))
            throw new HiveError('too_many_secrets');
          await agentSecrets.keep(name, value);
          await events.record('secret.changed', { data: { name, change: 'set', subject: null, by: caller } });
          return { secret: agentSecrets.view(name) };
        },
        async removeSecret({ name }, { caller }) {
          agentSecrets.view(name);
          await writer.write((tx) => {
            deleteGrantsOfSecret(tx.db, name);
            deleteInjectionsOfSecret(tx.db, name);
            events.append(tx, 'secret.changed', { data: { name, change: 'removed', subject: null, by: caller } });
          });
          await agentSecrets.forget(name);
          return { name, removed: true as const };
        },
        async grantSecret({ name, subject }, { caller }) {
          agentSecrets.view(name);
          if (!subject.startsWith('@')) requireAgent(db, subject);
          await writer.write((tx) => {
            if (insertGrant(tx.db, { secret: name, subject }, clock()))
              events.append(tx, 'secret.changed', { data: { name, change: 'granted', subject, by: caller } });
          });
          await agentSecrets.deliver();
          return { secret: agentSecrets.view(name) };
        },
        async revokeSecret({ name, subject }, { caller }) {
          agentSecrets.view(name);
          await writer.write((tx) => {
            if (!deleteGrant(tx.db, { secret: name, subject }))
              throw new HiveError('not_found', `"${name}" is not granted to ${subject}.`, {
                details: { command: 'hivectl secret ls' },
              });
            events.append(tx, 'secret.changed', { data: { name, change: 'revoked', subject, by: caller } });
          });
          await agentSecrets.deliver();
          return { secret: agentSecrets.view(name) };
        },
      },
    } satisfies ModuleHandlers;
  }
}
