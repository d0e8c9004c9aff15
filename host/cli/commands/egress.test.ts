import { afterEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { InjectionView } from '../../../protocol/injections.ts';
import type { EgressQuotaView, EgressRuleView, QuotaStateView } from '../../../protocol/schemas/egress.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const RULE: EgressRuleView = {
  id: 3,
  subject: 'coder' as AgentName,
  target: 'npm',
  kind: null,
  verdict: 'allow',
  term: 'turn',
  methods: null,
  address: null,
  createdAt: 1,
};

const QUOTA: EgressQuotaView = { subject: '@role:worker', per: 'day', bytes: 5e9, createdAt: 1 };
const TRAFFIC: QuotaStateView = {
  agent: 'coder' as AgentName,
  per: 'day',
  bytes: 5e9,
  used: 1.25e9,
  until: Date.now() + 3_600_000,
  setFor: '@role:worker',
};

test('quota passes on the size, and says whom it holds for; none removes it', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    setEgressQuota: (input) => {
      asked.push(input);
      return { quota: input.bytes === null ? null : QUOTA };
    },
    listEgress: () => ({ rules: [], presets: [], quotas: [QUOTA], injections: [], traffic: [TRAFFIC] }),
  });
  const run = (...args: string[]) => runHivectl(hive!.socket, ['egress', 'quota', ...args]);
  const { out } = await run('@role:worker', '5GB', '--per', 'day');
  expect(out).toBe('Set: 5 GB a day for @role:worker.\ncoder has used 1.3 GB.\n');
  expect((await run('@role:worker', 'none', '--per', 'day')).out).toBe(
    'The quota for @role:worker per day is removed.\n',
  );
  await run('*', '1.5 MiB', '--per', 'hour');
  expect(asked).toEqual([
    { subject: '@role:worker', per: 'day', bytes: 5e9 },
    { subject: '@role:worker', per: 'day', bytes: null },
    { subject: '*', per: 'hour', bytes: 1_572_864 },
  ]);
});

test.each([
  [['coder', '5', '--per', 'day'], 'with its unit'],
  [['coder', '0GB', '--per', 'day'], 'with its unit'],
  [['coder', '5XB', '--per', 'day'], 'with its unit'],
  [['coder', '-1GB', '--per', 'day'], 'Unknown option'],
  [['coder', '5GB', '--per', 'week'], '--per takes one of hour, day, month'],
  [['coder', '5GB'], '--per'],
  [['@children', '5GB', '--per', 'day'], 'no role'],
])('egress quota %j is one clear error', async (args, why) => {
  hive = await openStandInHive({});
  const { code, err } = await runHivectl(hive.socket, ['egress', 'quota', ...args]);
  expect(code).toBe(64);
  expect(err).toContain(why);
});

const INJECTION: InjectionView = {
  id: 2,
  subject: 'coder' as AgentName,
  host: 'github.com',
  port: 443,
  secret: 'GITHUB',
  header: 'authorization',
  scheme: 'basic',
  user: null,
  createdAt: 1,
};

test('inject passes on how a secret is added, with what is usual for its header; withdraw ends it', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    injectSecret: (input) => {
      asked.push(input);
      return { injection: INJECTION };
    },
    withdrawSecret: ({ id }) => ({ injection: { ...INJECTION, id } }),
    listEgress: () => ({ rules: [], presets: [], quotas: [], injections: [INJECTION], traffic: [] }),
  });
  const run = (...args: string[]) => runHivectl(hive!.socket, ['egress', ...args]);
  const { out } = await run('inject', 'coder', 'github.com', '--secret', 'GITHUB', '--scheme', 'basic');
  expect(out).toContain('GITHUB is added to requests of coder for http://github.com/');
  expect(out).toContain('hivectl egress allow coder github.com');
  await run('inject', '@role:worker', 'a.test:8443', '--secret', 'KEY', '--header', 'X-Api-Key');
  await run('inject', 'coder', 'a.test', '--secret', 'KEY', '--scheme', 'basic', '--user', 'me');
  const common = { header: 'authorization', port: 443 };
  expect(asked).toEqual([
    { ...common, subject: 'coder', host: 'github.com', secret: 'GITHUB', scheme: 'basic' },
    { subject: '@role:worker', host: 'a.test', port: 8443, secret: 'KEY', header: 'x-api-key', scheme: 'plain' },
    { ...common, subject: 'coder', host: 'a.test', secret: 'KEY', scheme: 'basic', user: 'me' },
  ]);
  expect((await run('ls')).out).toMatch(/2 +coder +GITHUB +http:\/\/github\.com\/ +authorization \(basic\)/);
  expect((await run('withdraw', '2')).out).toBe('GITHUB is no longer added to requests of coder for github.com.\n');
});

test.each([
  [['*', 'a.test', '--secret', 'KEY'], 'not for all agents'],
  [['coder', '*.a.test', '--secret', 'KEY'], 'not one host'],
  [['coder', 'npm', '--secret', 'KEY'], 'not one host'],
  [['coder', 'a.test:80', '--secret', 'KEY'], 'Port 80 is plain HTTP'],
  [['coder', '10.0.0.1', '--secret', 'KEY'], 'IP address'],
  [['coder', 'a.test'], '--secret'],
  [['coder', 'a.test', '--secret', '../x'], '--secret'],
  [['coder', 'a.test', '--secret', 'KEY', '--header', 'host'], '--header'],
  [['coder', 'a.test', '--secret', 'KEY', '--header', 'a b'], '--header'],
  [['coder', 'a.test', '--secret', 'KEY', '--scheme', 'digest'], 'Allowed choices'],
  [['coder', 'a.test', '--secret', 'KEY', '--scheme', 'basic', '--user', 'a:b'], '--user'],
])('egress inject %j is one clear error', async (args, why) => {
  hive = await openStandInHive({});
  const { code, err } = await runHivectl(hive.socket, ['egress', 'inject', ...args]);
  expect(code).toBe(64);
  expect(err).toContain(why);
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('allow and deny pass on what was typed, and say what holds now', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    allowEgress: (input) => {
      asked.push(input);
      return { rule: RULE };
    },
    denyEgress: (input) => {
      asked.push(input);
      return { rule: { ...RULE, verdict: 'deny', term: 'always' } };
    },
  });
  const allow = ['egress', 'allow', 'coder', 'NPM', '--for', 'turn'];
  expect((await runHivectl(hive.socket, allow)).out).toBe('Rule 3: coder may reach npm until its turn ends.\n');
  expect((await runHivectl(hive.socket, ['egress', 'deny', '@role:coder', 'npm'])).out).toBe(
    'Rule 3: coder may not reach npm.\n',
  );
  await runHivectl(hive.socket, ['egress', 'allow', 'coder', 'a.test', '--method', 'get', '--address', '10.0.0.7']);
  expect(asked).toEqual([
    { subject: 'coder', target: 'npm', term: 'turn' },
    { subject: '@role:coder', target: 'npm', term: 'always' },
    { subject: 'coder', target: 'a.test', term: 'always', methods: ['GET'], address: '10.0.0.7' },
  ]);
});

test.each([
  [['coder', '*'], 'A rule cannot allow every host'],
  [['coder', '*.com'], 'too wide'],
  [['coder', '127.0.0.1'], 'IP address'],
  [['coder', '0x7f.1'], 'IP address'],
  [['coder', 'a.test:99999'], 'not a port'],
  [['coder', 'npmm'], 'neither a preset'],
  [['coder', 'https://a.test/'], 'not a host'],
  [['@children', 'a.test'], 'no role'],
  [['Coder!', 'a.test'], "cannot be an agent's name"],
  [['coder', 'a.test', '--method', 'steal'], '--method is one of'],
  [['coder', 'a.test', '--address', 'localhost'], 'IPv4 or IPv6 address'],
  [['coder', 'a.test', '--for', 'ever'], 'Allowed choices'],
])('egress allow %j is one clear error', async (args, why) => {
  hive = await openStandInHive({});
  const { code, err } = await runHivectl(hive.socket, ['egress', 'allow', ...args]);
  expect(code).toBe(64);
  expect(err).toContain(why);
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('approve answers for the turn unless told otherwise; refuse says no', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    answerApproval: (input) => {
      asked.push(input);
      return { rule: input.answer === 'all' ? { ...RULE, subject: '*', term: 'always' } : RULE };
    },
    listApprovals: () => ({
      approvals: [
        {
          id: 4,
          agent: 'coder' as AgentName,
          host: 'a.test',
          port: 443,
          kind: 'tunnel',
          createdAt: Date.now(),
          waitsUntil: Date.now() + 60_000,
        },
      ],
    }),
  });
  const { socket } = hive;
  expect((await runHivectl(socket, ['approvals'])).out).toMatch(/4 +coder +a\.test:443 .*the request waits/);
  for (const args of [[], ['--for', 'once'], ['--all']]) await runHivectl(socket, ['approve', '4', ...args]);
  await runHivectl(socket, ['refuse', '4']);
  expect(asked).toEqual(['turn', 'once', 'all', 'no'].map((answer) => ({ id: 4, answer })));
  expect((await runHivectl(socket, ['approve', '4', '--all'])).out).toBe('Rule 3: every agent may reach npm.\n');
  for (const args of [['x'], ['4', '--all', '--for', 'once'], ['4', '--for', 'ever']])
    expect((await runHivectl(socket, ['approve', ...args])).code).toBe(64);
});

test('ls lists rules and presets, log lists connections; text of agents is harmless', async () => {
  hive = await openStandInHive({
    listEgress: () => ({
      rules: [RULE],
      presets: [{ name: 'npm', hosts: ['r.test'] }],
      quotas: [QUOTA],
      injections: [],
      traffic: [TRAFFIC],
    }),
    listConnections: ({ agent, limit }) => ({
      connections: [
        {
          id: 1,
          agent: agent ?? ('scout' as AgentName),
          kind: 'tunnel',
          host: 'evil\u001B[2J.test',
          port: 443,
          method: 'CONNECT',
          verdict: 'refused',
          why: 'not_allowed',
          rule: null,
          bytesUp: 0,
          bytesDown: limit,
          startedAt: Date.now(),
          endedAt: Date.now(),
          count: 12,
        },
      ],
    }),
  });
  const listed = (await runHivectl(hive.socket, ['egress', 'ls'])).out;
  expect(listed).toMatch(/ 3 +coder +allow +npm +the turn ends/);
  expect(listed).toContain('npm: r.test');
  expect(listed).toMatch(/coder +5 GB a day +@role:worker +1\.3 GB +25 +in /);
  const log = (await runHivectl(hive.socket, ['egress', 'log', 'coder', '-n', '7'])).out;
  expect(log).toMatch(/coder +evil\.test:443 +CONNECT +refused \(not allowed\) ×12 +0 B +7 B/);
  const json = await runHivectl(hive.socket, ['egress', 'log', '--json']);
  expect(JSON.parse(json.out)).toMatchObject({ connections: [{ agent: 'scout', verdict: 'refused' }] });
});
