import { expect, test } from 'vitest';
import type { ProviderName } from '../../../../protocol/providers.ts';
import type { GatewayControl } from '../../../../protocol/schemas/service.ts';
import { createBillRequests } from './bill-requests.ts';

const QUESTION = { provider: 'anthropic' as ProviderName, adminKey: 'sk-ant-admin-0123456789', from: 0 };
const ROW = { day: '2026-11-27', model: null, usd: 1, requests: null, tokens: null };

function open(more: { running?: boolean; answerMs?: number } = {}) {
  const sent: Extract<GatewayControl, { type: 'bill' }>[] = [];
  const bills = createBillRequests({
    send: (line) => sent.push(line),
    isGatewayRunning: () => more.running ?? true,
    ...(more.answerMs === undefined ? {} : { answerMs: more.answerMs }),
  });
  return { sent, bills };
}

test('each question gets its own answer; a report that nobody waits for is dropped', async () => {
  const { sent, bills } = open();
  const both = [bills.ask(QUESTION), bills.ask({ ...QUESTION, from: 1 })];
  expect(sent).toMatchObject([{ type: 'bill', ...QUESTION }, { from: 1 }]);
  bills.hear({ id: 'of somebody else', failure: null, rows: [ROW] });
  bills.hear({ id: sent[1]?.id ?? '', failure: null, rows: [ROW] });
  bills.hear({ id: sent[0]?.id ?? '', failure: null, rows: [] });
  expect(await Promise.all(both)).toEqual([[], [ROW]]);
});

test('what is wrong at the provider is said with what to do', async () => {
  const { sent, bills } = open();
  const asked = bills.ask(QUESTION);
  const failure = { ok: false, about: 'key' as const, found: 'It refuses the key (401).', advice: 'Take another.' };
  bills.hear({ id: sent[0]?.id ?? '', failure, rows: [] });
  await expect(asked).rejects.toMatchObject({
    code: 'provider_unreachable',
    message: 'It refuses the key (401). Take another.',
  });
});

test('a gateway that does not run, exits, or never answers is the fault', async () => {
  const absent = { code: 'service_unavailable' };
  await expect(open({ running: false }).bills.ask(QUESTION)).rejects.toMatchObject(absent);
  const { bills } = open();
  const asked = bills.ask(QUESTION);
  bills.gatewayEnded();
  await expect(asked).rejects.toMatchObject(absent);
  await expect(open({ answerMs: 1 }).bills.ask(QUESTION)).rejects.toMatchObject(absent);
});
