import { afterEach, beforeEach, expect, test } from 'vitest';
import { egressOperations } from '../../../../protocol/operations/egress.ts';
import type { EgressRecord } from '../../../../protocol/schemas/egress.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { handleEgress } from './handlers.ts';
import { composeInjectedLine, composeInjectionsLine, handleInjections } from './injections.ts';
import { handleQuotas } from './quota-handlers.ts';
import { createQuotas } from './quotas.ts';
import { composeEgressLine } from './resolve-rules.ts';

/** The hive itself reaches hosts outside as an agent does: by rules, secrets and quotas of its own. */

const BY = { caller: 'hivectl' as const, signal: new AbortController().signal, lastEventId: null };
const INSTANCE = '00000000-0000-4000-8000-000000000001';
const DEFAULTS = { hour: 1_000_000, day: 0, month: 0 };

let hive: TestHive;
let quotas: ReturnType<typeof createQuotas>;
let rules: ReturnType<typeof handleEgress>;
beforeEach(() => {
  hive = openTestHive();
  quotas = createQuotas({ db: hive.db, clock: hive.clock, timeZone: 'UTC', defaults: DEFAULTS });
  rules = handleEgress({ ...hive, quotas, onRulesChanged: () => {} });
});
afterEach(() => hive.close());

const allow = (subject: string, target: string, more: object = {}) =>
  rules.operator.allowEgress(egressOperations.allowEgress.input.parse({ subject, target, ...more }), BY);
const ruledHosts = () =>
  composeEgressLine(hive.db).agents.map((one) => [one.name, one.rules.flatMap(({ hosts }) => hosts)]);
const eventsOf = (kind: string) => hive.heard.filter((event) => event.kind === kind);

test('the hive itself has its own rules, and not those of all agents', async () => {
  await allow('*', 'all.test');
  await allow('hive', 'git.test');
  expect(ruledHosts()[0]).toEqual(['hive', ['git.test']]);
  expect(ruledHosts().slice(1)).toEqual([
    ['manager', ['all.test']],
    ['coder', ['all.test']],
    ['scout', ['all.test']],
  ]);
  expect(eventsOf('egress.changed').at(-1)).toMatchObject({
    agent: null,
    data: { subject: 'hive', target: 'git.test' },
  });
  for (const term of ['once', 'turn'])
    await expect(allow('hive', 'x.test', { term })).rejects.toMatchObject({ code: 'invalid_input' });
});

test('connections of the hive itself are in the log, without an agent in their events', async () => {
  const refused: EgressRecord = {
    id: crypto.randomUUID(),
    agent: 'hive',
    kind: 'tunnel',
    host: 'a.test',
    port: 443,
    method: 'CONNECT',
    verdict: 'refused',
    why: 'not_allowed',
    rule: null,
    bytesUp: 0,
    bytesDown: 0,
    startedAt: hive.clock(),
    endedAt: hive.clock(),
    count: 1,
  };
  await rules.gateway.reportConnections({ instance: INSTANCE, started: [], records: [refused] });
  expect(rules.operator.listConnections({ agent: 'hive', limit: 10 }).connections).toMatchObject([
    { agent: 'hive', host: 'a.test', why: 'not_allowed' },
  ]);
  expect(eventsOf('egress.refused')).toMatchObject([{ agent: null, data: { turn: null, host: 'a.test' } }]);
});

test('only a quota of its own holds for the hive itself', async () => {
  const handlers = handleQuotas({ ...hive, quotas, onRulesChanged: () => {} });
  const set = (subject: string, bytes: number) =>
    handlers.operator.setEgressQuota(egressOperations.setEgressQuota.input.parse({ subject, per: 'day', bytes }), BY);
  const held = () => quotas.statesOfAll().filter(({ agent }) => agent === 'hive');
  await set('*', 5_000);
  expect(held()).toEqual([]);
  await set('hive', 7_000);
  expect(held()).toMatchObject([{ per: 'day', bytes: 7_000, setFor: 'hive' }]);
  const report = { instance: INSTANCE, agents: [{ agent: 'hive' as const, bytes: 7_500 }] };
  expect((await handlers.gateway.reportTraffic(report)).usedUp).toMatchObject([{ agent: 'hive' }]);
  expect(eventsOf('egress.quota_reached')).toMatchObject([{ agent: null, data: { bytes: 7_000, used: 7_500 } }]);
});

test('its secrets go to the gateway; the forge is told only for which hosts there is one', async () => {
  const handlers = handleInjections({
    ...hive,
    valueOf: () => 'ghp_hJ4wqZ81rTn5LkXc92',
    onRulesChanged: () => {},
    writeFiles: () => Promise.resolve(),
  }).operator;
  const inject = (subject: string, host: string, more: object = {}) =>
    handlers.injectSecret(
      egressOperations.injectSecret.input.parse({ subject, host, secret: 'GITHUB', scheme: 'basic', ...more }),
      BY,
    );
  await inject('coder', 'other.test');
  await inject('hive', 'github.com');
  await inject('hive', 'hooks.test', { port: 8443, scheme: 'bearer' });
  expect(composeInjectedLine(hive.db)).toEqual({
    type: 'injected',
    hosts: [
      { host: 'github.com', port: 443, askedPort: 80, isForGit: true },
      { host: 'hooks.test', port: 8443, askedPort: 8443, isForGit: false },
    ],
  });
  const line = composeInjectionsLine(hive.db, () => 'ghp_hJ4wqZ81rTn5LkXc92');
  expect(line.agents.map(({ name }) => name)).toEqual(['hive', 'coder']);
});
