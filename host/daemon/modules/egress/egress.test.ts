import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EGRESS_PRESETS, egressTarget } from '../../../../protocol/egress.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { egressOperations } from '../../../../protocol/operations/egress.ts';
import { connectionStart, type EgressRecord } from '../../../../protocol/schemas/egress.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { prunerOf } from '../../testing/list-test-modules.ts';
import { sayResult, sayRule } from '../../../../protocol/egress-words.ts';
import { createGatewayInstances } from '../../core/gateway-instances.ts';
import { retireAgent } from '../../core/retire-agent.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { handleApprovals } from './approvals.ts';
import { handleEgress } from './handlers.ts';
import { recordLostConnections } from './lost-connections.ts';
import { egressModule } from './module.ts';
import { createQuotas } from './quotas.ts';
import { composeEgressLine, listAllowedHosts } from './resolve-rules.ts';

const scout = 'scout' as AgentName;
const coder = 'coder' as AgentName;
const BY = { caller: 'hivectl' as const, signal: new AbortController().signal, lastEventId: null };

let hive: TestHive;
let sent: ReturnType<typeof composeEgressLine>[];
let handlers: ReturnType<typeof handleEgress>;
let deps: Parameters<typeof egressModule>[0];
beforeEach(() => {
  hive = openTestHive();
  sent = [];
  const { db, writer, events, clock, memory } = hive;
  const onRulesChanged = () => void sent.push(composeEgressLine(db));
  const retention = {
    messages_days: 0,
    notices_days: 0,
    transcript_days: 0,
    costs_days: 0,
    stats_days: 0,
    events_days: 0,
  };
  deps = {
    db,
    writer,
    events,
    clock,
    memory,
    onRulesChanged,
    mail: hive.mail,
    askMs: 20_000,
    valueOf: () => undefined,
    writeFiles: () => Promise.resolve(),
    quotas: createQuotas({ db, clock, timeZone: 'UTC', defaults: { hour: 0, day: 0, month: 0 } }),
    retention,
    onError: (error) => expect.fail(String(error)),
  };
  handlers = handleEgress(deps);
});
afterEach(() => hive.close());

const allow = (subject: string, target: string, more: object = {}) =>
  handlers.operator.allowEgress(egressOperations.allowEgress.input.parse({ subject, target, ...more }), BY);
const deny = (subject: string, target: string) =>
  handlers.operator.denyEgress(egressOperations.denyEgress.input.parse({ subject, target }), BY);

function record(more: Partial<EgressRecord> = {}): EgressRecord {
  return {
    id: crypto.randomUUID(),
    agent: scout,
    kind: 'tunnel',
    host: 'a.test',
    port: 443,
    method: 'CONNECT',
    verdict: 'allowed',
    why: null,
    rule: null,
    bytesUp: 10,
    bytesDown: 20,
    startedAt: hive.clock(),
    endedAt: hive.clock(),
    count: 1,
    ...more,
  };
}
const refused = (more: Partial<EgressRecord> = {}) => record({ verdict: 'refused', why: 'not_allowed', ...more });
const tell = (told: { instance?: string; started?: EgressRecord[]; records?: EgressRecord[] }) =>
  handlers.gateway.reportConnections({
    instance: told.instance,
    started: (told.started ?? []).map(({ id, agent, kind, host, port, method, rule, startedAt }) =>
      connectionStart.parse({ id, agent, kind, host, port, method, rule, startedAt }),
    ),
    records: told.records ?? [],
  });
const report = (...records: EgressRecord[]) => tell({ records });
const list = (agent?: AgentName) => handlers.operator.listConnections({ ...(agent ? { agent } : {}), limit: 100 });
const eventsOf = (kind: string) => hive.heard.filter((event) => event.kind === kind);

describe('rules', () => {
  test('of an agent and of its role reach the gateway, with hosts in place of presets', async () => {
    await allow('scout', 'npm');
    await allow('@role:coder', '*.a.test:8443', { methods: ['GET'], term: 'always' });
    await deny('coder', 'b.a.test');
    expect(sent.at(-1)).toEqual({
      type: 'egress',
      agents: [
        {
          name: coder,
          rules: [
            expect.objectContaining({ verdict: 'allow', hosts: ['*.a.test'], port: 8443, methods: ['GET'] }),
            expect.objectContaining({ verdict: 'deny', hosts: ['b.a.test'] }),
          ],
        },
        {
          name: scout,
          rules: [expect.objectContaining({ verdict: 'allow', hosts: EGRESS_PRESETS.npm, port: null, once: false })],
        },
      ],
    });
    expect(eventsOf('egress.changed')).toMatchObject([
      { agent: 'scout', data: { target: 'npm', verdict: 'allow', by: 'hivectl' } },
      { agent: null, data: { subject: '@role:coder' } },
      { agent: 'coder', data: { verdict: 'deny' } },
    ]);
  });

  test('with the same subject and target replace each other, and can be removed', async () => {
    await allow('scout', 'a.test');
    const { rule } = await deny('scout', 'a.test');
    expect(handlers.operator.listEgress().rules).toEqual([rule]);
    await handlers.operator.removeEgress({ id: rule.id }, BY);
    expect(handlers.operator.listEgress().rules).toEqual([]);
    expect(sent.at(-1)).toEqual({ type: 'egress', agents: [] });
    await expect(handlers.operator.removeEgress({ id: rule.id }, BY)).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['nobody', 'npm', {}, 'unknown_agent'],
    ['@role:coder', 'npm', { term: 'turn' }, 'invalid_input'],
    ['@role:coder', 'npm', { term: 'once' }, 'invalid_input'],
    ['scout', 'npm', { address: '10.0.0.1' }, 'invalid_input'],
    ['scout', '*.a.test', { address: '10.0.0.1' }, 'invalid_input'],
  ])('a rule for %s about %s with %j is refused', async (...[subject, target, more, code]) => {
    await expect(allow(subject, target, more)).rejects.toMatchObject({ code });
    expect(handlers.operator.listEgress().rules).toEqual([]);
  });

  test('an address that is none, and a pattern that is too wide, do not fit the operation', () => {
    const { input } = egressOperations.allowEgress;
    for (const address of ['localhost', '127.1', '2130706433', '10.0.0.0/8'])
      expect(input.safeParse({ subject: 'scout', target: 'a.test', address }).success).toBe(false);
    expect(egressTarget.safeParse('*').success).toBe(false);
  });

  test('for one connection end with it, those for a turn with the turn', async () => {
    const once = (await allow('scout', 'a.test', { term: 'once' })).rule;
    await allow('scout', 'b.test', { term: 'turn' });
    await allow('scout', 'c.test');
    await report(record({ rule: once.id }));
    expect(sent.at(-1)?.agents[0]?.rules.map(({ hosts }) => hosts[0])).toEqual(['b.test', 'c.test']);
    egressModule(deps).onEvent({ seq: 1, at: 1, kind: 'turn.finished', agent: scout, data: {} });
    await vi.waitFor(() => expect(sent.at(-1)?.agents[0]?.rules.map(({ hosts }) => hosts[0])).toEqual(['c.test']));
  });

  test('of an agent that is gone are deleted; those of its role stay', async () => {
    await allow('scout', 'npm');
    await allow('@role:scout', 'pypi');
    await hive.writer.write((tx) => egressModule(deps).onAgentRetired(tx, { name: scout, parent: null, reason: 'x' }));
    expect(handlers.operator.listEgress().rules).toMatchObject([{ subject: '@role:scout' }]);
  });
});

test('an agent is told which hosts it may reach', async () => {
  const may = () => listAllowedHosts(hive.db, requireAgent(hive.db, 'scout'));
  expect(may()).toEqual([]);
  await allow('scout', 'npm');
  await allow('@role:scout', '*.example.com:8443');
  await allow('coder', 'other.example.com');
  await allow('*', 'pypi');
  await deny('scout', 'pypi.org');
  expect(may()).toEqual(['*.example.com:8443', 'files.pythonhosted.org', 'registry.npmjs.org']);
});

describe('questions of agents', () => {
  const ask = (more: object = {}) =>
    approvals().gateway.askEgress({ agent: scout, host: 'a.test', port: 443, kind: 'tunnel', ...more });
  const approvals = () => handleApprovals(deps);
  const open = () => approvals().operator.listApprovals().approvals;
  const notices = () =>
    hive.db.prepare("SELECT body FROM messages WHERE recipient = 'operator' AND sender = 'system'").pluck().all();

  test('are told to the operator once; only the first requests wait', async () => {
    expect(await ask()).toEqual({ approval: 1, waitMs: 20_000 });
    hive.time.now += 15_000;
    expect(await ask()).toEqual({ approval: 1, waitMs: 5_000 });
    hive.time.now += 15_000;
    expect(await ask()).toEqual({ approval: 1, waitMs: 0 });
    expect(open()).toMatchObject([{ id: 1, agent: 'scout', host: 'a.test', port: 443 }]);
    expect(notices()).toEqual([expect.stringContaining('hivectl approve 1')]);
    expect(eventsOf('approval.asked')).toMatchObject([{ agent: 'scout', data: { id: 1, host: 'a.test' } }]);
    hive.time.now += 2 * 86_400_000;
    expect(await ask()).toEqual({ approval: 2, waitMs: 20_000 });
  });

  test.each([
    ['once', { subject: 'scout', target: 'a.test:8443', kind: 'tunnel', verdict: 'allow', term: 'once' }],
    ['turn', { subject: 'scout', target: 'a.test:8443', verdict: 'allow', term: 'turn' }],
    ['always', { subject: 'scout', target: 'a.test:8443', verdict: 'allow', term: 'always' }],
    ['all', { subject: '*', target: 'a.test:8443', verdict: 'allow', term: 'always' }],
    ['no', { subject: 'scout', target: 'a.test:8443', kind: null, verdict: 'deny', term: 'turn' }],
  ] as const)('the answer %s makes a rule and closes the question', async (answer, rule) => {
    const { approval } = await ask({ port: 8443 });
    const answered = () => approvals().operator.answerApproval({ id: approval ?? 0, answer }, BY);
    expect((await answered()).rule).toMatchObject(rule);
    expect(sent.at(-1)?.agents.map(({ name }) => name)).toContain('scout');
    expect(sent.at(-1)?.agents.some(({ name }) => name === 'coder')).toBe(answer === 'all');
    expect(open()).toEqual([]);
    await expect(answered()).rejects.toMatchObject({ code: 'not_found' });
    expect(eventsOf('approval.answered')).toMatchObject([{ data: { id: approval, answer, by: 'hivectl' } }]);
  });

  test('for plain HTTP and for TLS at one port are two, and an answer allows what it was about', async () => {
    const [plain, tunnel] = [await ask({ kind: 'plain' }), await ask()];
    expect(notices()).toEqual([
      expect.stringContaining('a.test:443 by plain HTTP'),
      expect.stringContaining('a.test:443 by TLS'),
    ]);
    const approve = (approval: number | null, answer: 'turn' | 'always') =>
      approvals().operator.answerApproval({ id: approval ?? 0, answer }, BY);
    expect(sayRule((await approve(plain.approval, 'turn')).rule)).toBe(
      'scout may reach a.test:443 by plain HTTP until its turn ends',
    );
    expect(sent.at(-1)?.agents[0]?.rules).toMatchObject([{ hosts: ['a.test'], port: 443, kind: 'plain' }]);
    await approve(tunnel.approval, 'always');
    // Beside each other, although their targets differ in nothing but the kind.
    const eighty = await ask({ host: 'a.test', port: 80, kind: 'plain' });
    await approve(eighty.approval, 'always');
    expect(handlers.operator.listEgress().rules.map(({ target, kind }) => [target, kind])).toEqual([
      ['a.test', 'plain'],
      ['a.test', 'tunnel'],
      ['a.test:443', 'plain'],
    ]);
    // The operator's own rule is for both, and takes their place.
    await allow('scout', 'a.test');
    expect(handlers.operator.listEgress().rules.map(({ target, kind }) => [target, kind])).toEqual([
      ['a.test', null],
      ['a.test:443', 'plain'],
    ]);
  });

  test('are bounded for each agent, and not asked about an agent that is gone or when the hive says so', async () => {
    for (let at = 0; at < 10; at += 1) expect((await ask({ host: `h${at}.test` })).approval).not.toBeNull();
    expect(await ask({ host: 'one.more.test' })).toEqual({ approval: null, waitMs: 0 });
    expect((await ask({ agent: coder })).approval).not.toBeNull();
    expect(await ask({ agent: 'leaver' as AgentName })).toEqual({ approval: null, waitMs: 0 });
    deps = { ...deps, askMs: 0 };
    expect(await ask({ agent: 'manager' as AgentName })).toEqual({ approval: null, waitMs: 0 });
  });

  test('are not asked for an agent whose spec has unknown hosts refused at once', async () => {
    const set = (word: string) =>
      hive.db.prepare("UPDATE agents SET spec = json_set(spec, '$.unknownHosts', ?) WHERE name = 'scout'").run(word);
    set('refuse');
    expect(await ask()).toEqual({ approval: null, waitMs: 0 });
    expect((await ask({ agent: coder })).approval).not.toBeNull();
    expect(open()).toHaveLength(1);
    set('ask');
    expect((await ask()).approval).not.toBeNull();
  });

  test('end with their agent', async () => {
    await ask();
    await hive.writer.write((tx) => egressModule(deps).onAgentRetired(tx, { name: scout, parent: null, reason: 'x' }));
    expect(open()).toEqual([]);
  });
});

describe('connections', () => {
  test('are listed newest first, and a report that comes twice counts once', async () => {
    const first = record();
    expect(await report(first, record({ agent: coder, host: 'b.test' }))).toEqual({ stored: 2 });
    expect(await report(first)).toEqual({ stored: 0 });
    expect(list().connections.map(({ host }) => host)).toEqual(['b.test', 'a.test']);
    expect(list(scout).connections).toMatchObject([{ host: 'a.test', bytesUp: 10, bytesDown: 20, verdict: 'allowed' }]);
  });

  test('a refusal is an event once for each host in a turn', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: 'scout', body: 'go' });
    const turn = await harness.wake();
    await report(refused(), refused());
    await report(refused(), refused({ host: 'b.test' }), record({ host: 'c.test' }));
    expect(eventsOf('egress.refused').map(({ data }) => [data['host'], data['turn']])).toEqual([
      ['a.test', turn?.turn],
      ['b.test', turn?.turn],
    ]);
    if (turn !== null) await harness.finish(turn, 'done');
    hive.time.now += 10;
    await report(refused());
    expect(eventsOf('egress.refused')).toHaveLength(3);
    expect(list(scout).connections).toHaveLength(6);
  });

  test('are news up to a rate: a box may ask for any number of names', async () => {
    const many = (n: number) => Array.from({ length: n }, () => refused({ host: `${crypto.randomUUID()}.test` }));
    for (let n = 0; n < 5; n += 1) await report(...many(100));
    expect(eventsOf('egress.refused')).toHaveLength(100);
    hive.time.now += 60_000;
    await report(...many(100));
    expect(eventsOf('egress.refused')).toHaveLength(102);
    await report({ ...refused(), agent: coder });
    expect(eventsOf('egress.refused')).toHaveLength(103);
  });

  test('that are open when their gateway dies are recorded, those that ended are recorded once', async () => {
    const instances = createGatewayInstances({
      ...hive,
      work: [recordLostConnections(hive)],
      onError: (error) => expect.fail(String(error)),
    });
    const instance = instances.begin();
    const [open, ended, overtaken] = [record({ host: 'open.test' }), record(), record({ host: 'overtaken.test' })];
    await tell({ instance, started: [open, ended] });
    expect(list().connections).toEqual([]);
    await tell({ instance, records: [ended, overtaken] });
    // Sent again, as if the answer had been lost; and a start after its end.
    await tell({ instance, started: [ended, overtaken], records: [ended] });
    hive.time.now += 5_000;
    instances.end();
    await hive.writer.write(() => undefined);
    expect(list().connections).toMatchObject([
      { host: 'open.test', verdict: 'allowed', why: 'gateway_ended', bytesDown: 0, endedAt: hive.clock() },
      { host: 'overtaken.test', bytesDown: 20, why: null },
      { host: 'a.test', bytesDown: 20, why: null },
    ]);
    // The next gateway's are its own; late words of the former one change nothing.
    await tell({ instance: instances.begin(), started: [record({ host: 'next.test' })], records: [open] });
    expect(list().connections).toHaveLength(3);
    expect(sayResult(list().connections[0]!)).toBe('allowed (cut when the gateway ended, bytes unknown)');
  });

  test('that are open when their agent is destroyed are recorded', async () => {
    await tell({ instance: crypto.randomUUID(), started: [record({ host: 'open.test' })] });
    await hive.writer.write((tx) =>
      retireAgent(tx, [egressModule(deps)], { name: scout, parent: null, reason: 'test' }),
    );
    expect(list().connections).toMatchObject([{ agent: scout, host: 'open.test', why: 'agent_destroyed' }]);
  });

  test('a rule for one connection ends when the connection is made, so that none follows if the gateway dies', async () => {
    const { rule } = await allow('scout', 'a.test', { term: 'once' });
    await tell({ instance: crypto.randomUUID(), started: [record({ rule: rule.id })] });
    expect(handlers.operator.listEgress().rules).toEqual([]);
    expect(sent.at(-1)).toEqual({ type: 'egress', agents: [] });
  });

  test('of an agent that is gone are not stored', async () => {
    expect(await report(record({ agent: 'leaver' as AgentName }))).toEqual({ stored: 0 });
  });

  test('old ones are deleted, and one agent keeps a bounded number', async () => {
    await report(record());
    hive.time.now += 10 * 86_400_000;
    await report(record({ host: 'new.test' }));
    await prunerOf(hive, { events_days: 5 }).prune(hive.clock(), 100);
    expect(list().connections.map(({ host }) => host)).toEqual(['new.test']);
    for (let batch = 0; batch < 21; batch += 1) await report(...Array.from({ length: 500 }, () => record()));
    expect(hive.db.prepare('SELECT COUNT(*) FROM connections').pluck().get()).toBe(10_000);
  });
});
