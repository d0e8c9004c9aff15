import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { webhookOperations } from '../../protocol/operations/webhooks.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { WebhookBackend } from '../backend/webhooks.ts';

/** Handlers of the operations about webhooks. */
export function createWebhookHandlers(webhooks: WebhookBackend): Handlers<typeof webhookOperations, RepoCaller> {
  return {
    addWebhook: (wanted, { caller, signal }) => webhooks.add(caller, { ...wanted, signal }),
    listWebhooks: async (of, { caller }) => ({ webhooks: await webhooks.list(caller, of) }),
    listDeliveries: async ({ id }, { caller }) => ({ deliveries: await webhooks.deliveries(caller, id) }),
    testWebhook: async ({ id }, { caller }) => ({ delivery: await webhooks.test(caller, id) }),
    removeWebhook: async ({ id }, { caller }) => ({ webhook: await webhooks.remove(caller, id) }),
  };
}
