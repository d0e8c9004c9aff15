import { afterEach, expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { EgressRuleView } from '../../../protocol/schemas/egress.ts';
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
  verdict: 'allow',
  term: 'turn',
  methods: null,
  address: null,
  createdAt: 1,
};

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
    listEgress: () => ({ rules: [RULE], presets: [{ name: 'npm', hosts: ['r.test'] }] }),
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
  const log = (await runHivectl(hive.socket, ['egress', 'log', 'coder', '-n', '7'])).out;
  expect(log).toMatch(/coder +evil\.test:443 +CONNECT +refused \(not allowed\) ×12 +0 B +7 B/);
  const json = await runHivectl(hive.socket, ['egress', 'log', '--json']);
  expect(JSON.parse(json.out)).toMatchObject({ connections: [{ agent: 'scout', verdict: 'refused' }] });
});
