import { randomUUID } from 'node:crypto';
import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../protocol/names.ts';
import type { WebhookDelivery, WebhookView } from '../../protocol/schemas/webhook.ts';
import { shorten } from '../../system/text/cut-text.ts';
import { callHost } from '../outside/call-host.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { toTrouble } from '../mirrors/bring-in.ts';
import { factsOfRepository, newestFact } from '../store/facts.ts';
import { getRepository } from '../store/repositories.ts';
import {
  allWebhooks,
  countWaiting,
  type Delivery,
  dueDelivery,
  getDelivery,
  getWebhook,
  giveUpWaiting,
  insertDelivery,
  listDeliveries,
  moveWebhook,
  noteTry,
  pruneDeliveries,
  setHealth,
  type Webhook,
} from '../store/webhooks.ts';
import { headerEvent, type MadeEvent, makeEvents } from './make-events.ts';
import { isHopeless, nextTry } from './policy/after-try.ts';
import { headersOf } from './policy/sign.ts';

/**
 * Calls of webhooks.
 *
 *   fact ──► delivery: waiting ── tried ──► done
 *                        ▲          └────► waiting (after a pause) ──► failed, after the last try
 *
 * Deliveries are made from the facts of a repository, in the transaction that notes how far they were read; what waits is
 * in the database. So a kill loses nothing; a call whose answer was not recorded is made again, with the same id.
 */
export interface Webhooks {
  /** Begins to make and send deliveries, now and after every change. */
  begin(): void;
  wake(): void;
  view(hook: Webhook): WebhookView;
  /** Calls one with the event "ping"; resolves with what became of it. Throws `not_found`. */
  test(id: number): Promise<WebhookDelivery>;
}

const FACTS_AT_ONCE = 100;
/** Facts about other repositories after which a webhook notes that it has read them. */
const PASSED_OVER = 500;
/** Of one webhook; more waiting ones are not made. */
const MOST_WAITING = 1_000;
const KEEP = { newest: 100, days: 30 };
const CALL_MS = 15_000;
const MOST_PAYLOAD = 512 * 1024;
const MOST_ANSWER_BYTES = 2_000;
const DAY_MS = 24 * 3_600_000;

export function createWebhooks(core: ForgeCore): Webhooks {
  /** Webhooks that are looked after now. */
  const running = new Set<number>();

  function wake(): void {
    if (core.stopping.aborted) return;
    for (const { id } of allWebhooks(core.db)) if (!running.has(id)) start(id);
  }

  function start(id: number): void {
    running.add(id);
    core.inBackground(async () => {
      try {
        await lookAfter(id);
      } finally {
        running.delete(id);
      }
    });
  }

  async function lookAfter(id: number): Promise<void> {
    for (;;) {
      const hook = getWebhook(core.db, id);
      if (hook === null || core.stopping.aborted) return;
      if (await makeDeliveries(core, hook)) continue;
      const due = hook.disabledAt === null ? dueDelivery(core.db, id, core.clock()) : null;
      if (due === null) return;
      await send(core, { hook, delivery: due, isTest: false });
    }
  }

  return {
    begin() {
      core.outbox.onAnnounced(wake);
      wake();
    },
    wake,
    view: (hook) => viewWebhook(core, hook),
    async test(id) {
      const hook = getWebhook(core.db, id);
      if (hook === null) throw new HiveError('not_found', `There is no webhook ${id}.`);
      const one = { id: randomUUID(), webhookId: id, event: 'ping', at: core.clock() };
      insertDelivery(core.db, {
        ...one,
        payload: JSON.stringify({ hook_id: id, repository: { full_name: `${hook.owner}/${hook.name}` } }),
      });
      const delivery = getDelivery(core.db, one.id)!;
      await send(core, { hook, delivery, isTest: true });
      const { payload: _payload, webhookId: _webhook, ...view } = getDelivery(core.db, one.id) ?? delivery;
      return view;
    },
  };
}

/** Makes deliveries of the next facts; whether there were any facts. */
async function makeDeliveries(core: ForgeCore, hook: Webhook): Promise<boolean> {
  const repository = getRepository(core.db, hook.repositoryId);
  const newest = newestFact(core.db);
  const facts = factsOfRepository(core.db, {
    repo: `${hook.owner}/${hook.name}`,
    after: hook.afterFact,
    limit: FACTS_AT_ONCE,
  });
  const last = facts.at(-1);
  if (repository === null) return false;
  if (last === undefined) {
    // Facts about other repositories are not read at every look.
    if (newest - hook.afterFact >= PASSED_OVER) moveWebhook(core.db, hook.id, { from: hook.afterFact, to: newest });
    return false;
  }
  const made: MadeEvent[] = [];
  if (hook.disabledAt === null)
    for (const fact of facts) made.push(...(await makeEvents(core, fact, { repository, events: hook.events })));
  const at = core.clock();
  const write = core.db.transaction(() => {
    if (!moveWebhook(core.db, hook.id, { from: hook.afterFact, to: last.id })) return;
    let room = MOST_WAITING - countWaiting(core.db, hook.id);
    for (const { type, payload } of made) {
      const text = JSON.stringify(payload);
      if (text.length > MOST_PAYLOAD || (room -= 1) < 0) {
        core.log.warn({ webhook: hook.id, type }, 'a delivery is left out: it is too large, or too many wait');
        continue;
      }
      insertDelivery(core.db, { id: randomUUID(), webhookId: hook.id, event: type, payload: text, at });
    }
    pruneDeliveries(core.db, hook.id, { newest: KEEP.newest, since: at - KEEP.days * DAY_MS });
  });
  write.immediate();
  return true;
}

interface Tried {
  readonly hook: Webhook;
  readonly delivery: Delivery;
  readonly isTest: boolean;
}

/** One try. A test is tried once; when it succeeds, a disabled webhook is enabled. */
async function send(core: ForgeCore, tried: Tried): Promise<void> {
  const { hook, delivery } = tried;
  const { id, event, payload } = delivery;
  const headers = headersOf({ id, event: headerEvent(event), type: event, secret: hook.secret, body: payload });
  const call = { url: hook.url, headers, body: payload, limitMs: CALL_MS, maxBytes: MOST_ANSWER_BYTES };
  let outcome: { status: number | null; response: string | null; error: string | null };
  try {
    const { status, body } = await callHost(core.outside, { ...call, signal: core.stopping });
    const isFine = status >= 200 && status < 300;
    outcome = { status, response: plain(body), error: isFine ? null : `${hook.url} answered ${status}.` };
  } catch (error) {
    if (core.stopping.aborted) return;
    outcome = { status: null, response: null, error: toTrouble(error).words };
  }
  record(core, tried, outcome);
}

function record(
  core: ForgeCore,
  { hook, delivery, isTest }: Tried,
  outcome: { status: number | null; response: string | null; error: string | null },
): void {
  const at = core.clock();
  const isDone = outcome.error === null;
  const failingSince = isDone ? null : (hook.failingSince ?? at);
  const isEnding = !isDone && hook.disabledAt === null && isHopeless(failingSince, at);
  const dueAt = isDone || isTest || isEnding ? null : nextTry(delivery.attempts + 1, at, Math.random());
  const repo = `${hook.owner}/${hook.name}`;
  const write = core.db.transaction(() => {
    noteTry(core.db, delivery.id, { at, isDone, dueAt, ...outcome });
    setHealth(core.db, hook.id, { failingSince, disabledAt: isDone ? null : isEnding ? at : hook.disabledAt });
    if (!isEnding) return;
    giveUpWaiting(core.db, hook.id, at);
    const body = [
      'The webhook ',
      { quote: hook.url },
      ' of ',
      { quote: repo },
      ' failed for a week and is disabled: ',
      { quote: outcome.error ?? '' },
      `. When it works again: hivectl forge webhook test ${hook.id}`,
    ];
    const mail = {
      to: OPERATOR as typeof OPERATOR,
      body,
      priority: 'normal' as const,
      notice: 'interruption' as const,
    };
    const data = { url: hook.url, change: 'disabled' as const };
    core.outbox.add({ at, kind: 'forge.webhook_changed', by: SYSTEM, repo, data, mail: [mail] });
  });
  write.immediate();
  if (isEnding) core.outbox.announce();
}

function viewWebhook(core: ForgeCore, hook: Webhook): WebhookView {
  const { id, owner, name, url, events, createdAt, failingSince, disabledAt } = hook;
  const failed = failingSince === null ? null : listDeliveries(core.db, id, 20).find(({ error }) => error !== null);
  return {
    id,
    owner,
    name,
    url,
    events: [...events],
    createdAt,
    waiting: countWaiting(core.db, id),
    failingSince,
    disabledAt,
    error: failed?.error ?? null,
  };
}

/** For a terminal. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return shorten(text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]+/g, ' '), MOST_ANSWER_BYTES);
}
