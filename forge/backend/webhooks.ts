import { randomBytes } from 'node:crypto';
import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR, type RepoName, type RepoOwner } from '../../protocol/names.ts';
import type { WebhookDelivery, WebhookEvent, WebhookView } from '../../protocol/schemas/webhook.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { assertNoSecret } from '../search/assert-no-secret.ts';
import { findRepository } from '../store/repositories.ts';
import {
  allWebhooks,
  deleteWebhook,
  getWebhook,
  insertWebhook,
  listDeliveries,
  type Webhook,
} from '../store/webhooks.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { RepoPath } from './open-repository.ts';

/** Calls of programs outside. Only the operator manages them, and with no token; throws `forbidden` for anybody else. */
export interface WebhookBackend {
  /** The answer is the only place that has the secret. Throws `unknown_repo`, `forge_quota`, `contains_secret`. */
  add(
    caller: RepoCaller,
    wanted: RepoPath & { url: string; events: readonly WebhookEvent[]; signal: AbortSignal },
  ): Promise<{ webhook: WebhookView; secret: string }>;
  /** Throws `unknown_repo`. */
  list(caller: RepoCaller, of: { owner?: RepoOwner | undefined; name?: RepoName | undefined }): Promise<WebhookView[]>;
  /** These throw `not_found`. */
  deliveries(caller: RepoCaller, id: number): Promise<WebhookDelivery[]>;
  test(caller: RepoCaller, id: number): Promise<WebhookDelivery>;
  remove(caller: RepoCaller, id: number): Promise<WebhookView>;
}

const MOST_SHOWN = 50;
/** Webhooks of one repository, and of all. */
const MOST = { ofOne: 10, ofAll: 200 };

export function createWebhookBackend(
  core: ForgeCore,
  webhooks: Webhooks,
  finish: <T>(work: Promise<T>) => Promise<T>,
): WebhookBackend {
  const forOperator = <T>(caller: RepoCaller, work: () => Promise<T> | T): Promise<T> =>
    finish(
      (async () => {
        // What leaves the hive is the operator's to decide; a token must not open a way out.
        if (caller.kind !== 'operator' || caller.token !== undefined) throw new HiveError('forbidden');
        return work();
      })(),
    );
  const find = ({ owner, name }: RepoPath) => {
    const found = findRepository(core.db, owner, name);
    if (found === null) throw new HiveError('unknown_repo');
    return found;
  };
  const need = (id: number): Webhook => {
    const hook = getWebhook(core.db, id);
    if (hook === null) throw new HiveError('not_found', `There is no webhook ${id}.`);
    return hook;
  };
  const note = ({ owner, name, url }: Pick<Webhook, 'owner' | 'name' | 'url'>, change: 'added' | 'removed') =>
    core.outbox.add({
      at: core.clock(),
      kind: 'forge.webhook_changed',
      by: OPERATOR,
      repo: `${owner}/${name}`,
      data: { url, change },
    });
  return {
    add: (caller, { url, events, signal, ...path }) =>
      forOperator(caller, async () => {
        const { id: repositoryId } = find(path);
        await assertNoSecret(core, url, signal);
        const secret = randomBytes(32).toString('base64url');
        const write = core.db.transaction(() => {
          if (allWebhooks(core.db, repositoryId).length >= MOST.ofOne || allWebhooks(core.db).length >= MOST.ofAll)
            throw new HiveError(
              'forge_quota',
              `A repository may have ${MOST.ofOne} webhooks, all together ${MOST.ofAll}. Remove one first.`,
            );
          const id = insertWebhook(core.db, {
            repositoryId,
            url,
            events: [...new Set(events)],
            secret,
            at: core.clock(),
          });
          note({ ...path, url }, 'added');
          return need(id);
        });
        const hook = write.immediate();
        core.outbox.announce();
        return { webhook: webhooks.view(hook), secret };
      }),
    list: (caller, { owner, name }) =>
      forOperator(caller, () => {
        const id = owner === undefined || name === undefined ? null : find({ owner, name }).id;
        return allWebhooks(core.db, id).map(webhooks.view);
      }),
    deliveries: (caller, id) => forOperator(caller, () => listDeliveries(core.db, need(id).id, MOST_SHOWN)),
    test: (caller, id) => forOperator(caller, () => webhooks.test(id)),
    remove: (caller, id) =>
      forOperator(caller, () => {
        const hook = need(id);
        const shown = webhooks.view(hook);
        const write = core.db.transaction(() => {
          deleteWebhook(core.db, id);
          note(hook, 'removed');
        });
        write.immediate();
        core.outbox.announce();
        return shown;
      }),
  };
}
