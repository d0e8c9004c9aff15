import * as z from 'zod';
import { repoName, repoOwner } from '../names.ts';
import { op } from '../op.ts';
import { outsideUrl } from '../outside-url.ts';
import { WEBHOOK_EVENTS, webhookDelivery, webhookEvent, webhookView } from '../schemas/webhook.ts';

const webhookId = z.coerce.number<number | string>().int().positive();

/** Calls of programs outside when something happens in a repository; by the gateway, as mirrors are. */
export const webhookOperations = {
  addWebhook: op({
    name: 'addWebhook',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/repos/:owner/:name/webhooks',
    summary:
      'Call an address when something happens in a repository. The answer is the only place that shows the secret.',
    input: z.strictObject({
      owner: repoOwner,
      name: repoName,
      url: outsideUrl,
      events: z
        .array(webhookEvent)
        .min(1)
        .default([...WEBHOOK_EVENTS]),
    }),
    output: z.strictObject({ webhook: webhookView, secret: z.string() }),
    errors: ['unknown_repo', 'forge_quota', 'contains_secret', 'service_unavailable', 'storage_unavailable'],
  }),
  listWebhooks: op({
    name: 'listWebhooks',
    audiences: ['operator'],
    method: 'GET',
    path: '/api/webhooks',
    summary: 'Every webhook, or those of one repository.',
    input: z.strictObject({ owner: repoOwner.optional(), name: repoName.optional() }),
    output: z.strictObject({ webhooks: z.array(webhookView) }),
    errors: ['unknown_repo'],
  }),
  listDeliveries: op({
    name: 'listDeliveries',
    audiences: ['operator'],
    method: 'GET',
    path: '/api/webhooks/:id/deliveries',
    summary: 'The last 50 deliveries of a webhook, the newest first.',
    input: z.strictObject({ id: webhookId }),
    output: z.strictObject({ deliveries: z.array(webhookDelivery) }),
    errors: ['not_found'],
  }),
  testWebhook: op({
    name: 'testWebhook',
    audiences: ['admin'],
    method: 'POST',
    path: '/api/webhooks/:id/test',
    summary:
      'Call a webhook now with the event "ping", and wait for the answer. One that was disabled is enabled when it succeeds.',
    input: z.strictObject({ id: webhookId }),
    output: z.strictObject({ delivery: webhookDelivery }),
    errors: ['not_found', 'storage_unavailable'],
  }),
  removeWebhook: op({
    name: 'removeWebhook',
    audiences: ['admin'],
    method: 'DELETE',
    path: '/api/webhooks/:id',
    summary: 'Remove a webhook, with its deliveries.',
    input: z.strictObject({ id: webhookId }),
    output: z.strictObject({ webhook: webhookView }),
    errors: ['not_found', 'storage_unavailable'],
  }),
} as const;
