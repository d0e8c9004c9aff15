import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { egressOperations } from '../../../../protocol/operations/egress.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { composeInjectionsLine, gitConfigOf, handleInjections } from './injections.ts';
import { deleteInjectionsOfSecret } from './store/injections.ts';

const BY = { caller: 'hivectl' as const, signal: new AbortController().signal, lastEventId: null };
const TOKEN = 'ghp_hJ4wqZ81rTn5LkXc92';

let hive: TestHive;
let values: Map<string, string>;
let changes: string[];
let handlers: ReturnType<typeof handleInjections>['operator'];
beforeEach(() => {
  hive = openTestHive();
  values = new Map([['GITHUB', TOKEN]]);
  changes = [];
  handlers = handleInjections({
    ...hive,
    valueOf: (name) => values.get(name),
    onRulesChanged: () => void changes.push('rules'),
    writeFiles: () => Promise.resolve(void changes.push('files')),
  }).operator;
});
afterEach(() => hive.close());

const DASHBOARD = { ...BY, caller: 'dashboard' as const };

const inject = (subject: string, more: object = {}, by: typeof BY | typeof DASHBOARD = BY) =>
  handlers.injectSecret(
    egressOperations.injectSecret.input.parse({
      subject,
      host: 'github.com',
      secret: 'GITHUB',
      scheme: 'basic',
      ...more,
    }),
    by,
  );
const line = () => composeInjectionsLine(hive.db, (name) => values.get(name)).agents;
const gitConfig = (name: string) => gitConfigOf(hive.db, requireAgent(hive.db, name));
const basic = (user: string) => `Basic ${Buffer.from(`${user}:${TOKEN}`).toString('base64')}`;

/**
 * Vulnerability: who has taken over the dashboard can allow a host of theirs, and have the gateway send a secret there.
 * Verified: from the dashboard a secret is added only for a host that has it already, by hivectl.
 */
test('the dashboard gives a secret to more agents, and to no further host', async () => {
  await expect(inject('coder', {}, DASHBOARD)).rejects.toMatchObject({ code: 'forbidden' });
  await inject('coder');
  await inject('scout', { scheme: 'bearer' }, DASHBOARD);
  expect(line().map(({ name }) => name)).toEqual(['coder', 'scout']);
  values.set('NPM', TOKEN);
  for (const more of [{ host: 'evil.example.com' }, { port: 8443 }, { secret: 'NPM' }])
    await expect(inject('scout', more, DASHBOARD)).rejects.toMatchObject({ code: 'forbidden' });
  expect(changes.filter((one) => one === 'rules')).toHaveLength(2);
});

describe('a secret that is added to requests', () => {
  test('reaches the gateway for the agents that it is for, and tells the box’s git', async () => {
    await inject('coder');
    expect(line()).toEqual([
      {
        name: 'coder',
        injections: [
          {
            id: 1,
            host: 'github.com',
            askedPort: 80,
            port: 443,
            header: 'authorization',
            credential: { secret: TOKEN, value: basic('x-access-token') },
          },
        ],
      },
    ]);
    expect(gitConfig('coder')).toBe('[url "http://github.com/"]\n\tinsteadOf = https://github.com/\n');
    expect(gitConfig('scout')).toBeNull();
    expect(changes).toEqual(['rules', 'files']);
  });

  test('of an agent’s own stands in place of its role’s; a port of its own is asked for as it is', async () => {
    await inject('@role:coder', { user: 'of-role' });
    await inject('@role:coder', { host: 'git.test', port: 8443, user: 'of-role' });
    await inject('coder', { user: 'own' });
    expect(
      line()[0]?.injections.map(({ host, askedPort, port, credential }) => [host, askedPort, port, credential?.value]),
    ).toEqual([
      ['github.com', 80, 443, basic('own')],
      ['git.test', 8443, 8443, basic('of-role')],
    ]);
    expect(gitConfig('coder')).toContain('[url "http://git.test:8443/"]\n\tinsteadOf = https://git.test:8443/\n');
  });

  test.each([
    ['bearer', 'authorization', `Bearer ${TOKEN}`],
    ['plain', 'x-api-key', TOKEN],
  ])('stands in the header as %s, which is nothing for git', async (scheme, header, value) => {
    await inject('coder', { scheme, header });
    expect(line()[0]?.injections[0]).toMatchObject({ header, credential: { value } });
    expect(gitConfig('coder')).toBeNull();
  });

  test('has the new value when it is set again, and none when it cannot stand in a header', async () => {
    await inject('coder', { scheme: 'bearer' });
    values.set('GITHUB', 'another-value');
    expect(line()[0]?.injections[0]?.credential?.value).toBe('Bearer another-value');
    for (const value of ['two\nlines', 'ümlaut and more', ' blank before']) {
      values.set('GITHUB', value);
      expect(line()[0]?.injections[0]?.credential).toBeNull();
    }
    values.delete('GITHUB');
    expect(line()[0]?.injections[0]?.credential).toBeNull();
  });

  test('ends when it is withdrawn, and with its secret', async () => {
    const { injection } = await inject('coder');
    await handlers.withdrawSecret({ id: injection.id }, BY);
    expect(line()).toEqual([]);
    await expect(handlers.withdrawSecret({ id: injection.id }, BY)).rejects.toMatchObject({ code: 'not_found' });
    await inject('coder');
    await hive.writer.write((tx) => deleteInjectionsOfSecret(tx.db, 'GITHUB'));
    expect(line()).toEqual([]);
    expect(gitConfig('coder')).toBeNull();
  });

  test('is in no event and no row', async () => {
    const { injection } = await inject('coder');
    await handlers.withdrawSecret({ id: injection.id }, BY);
    await inject('@role:coder');
    expect(hive.heard.map(({ data }) => data)).toEqual([
      { subject: 'coder', host: 'github.com', secret: 'GITHUB', change: 'added', by: 'hivectl' },
      { subject: 'coder', host: 'github.com', secret: 'GITHUB', change: 'withdrawn', by: 'hivectl' },
      { subject: '@role:coder', host: 'github.com', secret: 'GITHUB', change: 'added', by: 'hivectl' },
    ]);
    const rows = JSON.stringify(hive.db.prepare('SELECT * FROM egress_injections').all());
    expect(rows).not.toContain(TOKEN);
  });
});

test.each([
  ['a secret that is none', 'coder', { secret: 'NONE' }, 'not_found'],
  ['an agent that is none', 'nobody', {}, 'unknown_agent'],
  ['a user name without Basic', 'coder', { scheme: 'bearer', user: 'me' }, 'invalid_input'],
])('%s is refused, and nothing is stored', async (...[, subject, more, code]) => {
  await expect(inject(subject, more)).rejects.toMatchObject({ code });
  expect(line()).toEqual([]);
});

test('a value that cannot stand in a header is refused', async () => {
  values.set('GITHUB', 'two\nlines of it');
  await expect(inject('coder', { scheme: 'bearer' })).rejects.toMatchObject({ code: 'invalid_input' });
});

test.each([
  { header: 'host' },
  { header: 'Content-Length' },
  { header: 'proxy-authorization' },
  { header: 'a\r\nb' },
  { host: '*.github.com' },
  { host: '127.0.0.1' },
  { subject: '*' },
  { user: 'a:b' },
  { port: 0 },
])('%j does not fit the operation', (more) => {
  const given = { subject: 'coder', host: 'github.com', secret: 'GITHUB', scheme: 'basic', ...more };
  expect(egressOperations.injectSecret.input.safeParse(given).success).toBe(false);
});
