import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { SECRET_BYTES, secretName, secretSubject, secretValue } from '../../../../protocol/secrets.ts';
import { SHORTEST_SECRET } from '../../../../system/redact/redactor.ts';
import { createKnownSecrets, type KnownSecrets } from '../../core/known-secrets.ts';
import { retireAgent } from '../../core/retire-agent.ts';
import { writeSecretFiles } from '../../node/secret-files.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { secretsModule } from './module.ts';
import { openSecretValues } from './secret-values.ts';
import { createAgentSecrets } from './serve-secrets.ts';

const VALUE = 'hJ4-wqZ81_rTn5Lk';
const coder = 'coder' as AgentName;

let hive: TestHive;
let known: KnownSecrets;
let kept: string;
let admin: Awaited<ReturnType<typeof open>>;
beforeEach(async () => {
  hive = openTestHive(['manager', 'scout', 'coder']);
  kept = join(hive.dir, 'values');
  for (const name of ['manager', 'scout', 'coder']) mkdirSync(boxDir(name), { recursive: true });
  admin = await open();
});
afterEach(() => hive.close());

const boxDir = (name: string) => join(hive.dir, 'boxes', name);
const filesOf = (name: string) =>
  Object.fromEntries(readdirSync(boxDir(name)).map((file) => [file, readFileSync(join(boxDir(name), file), 'utf8')]));

/** The operations for hivectl, as after a start of hived. */
async function open() {
  known = createKnownSecrets();
  const agentSecrets = createAgentSecrets({
    db: hive.db,
    known,
    values: await openSecretValues(kept),
    onValuesChanged: () => undefined,
    gitConfigOf: () => null,
    node: { writeSecrets: ({ name }, files) => writeSecretFiles(boxDir(name), files, null) },
  });
  const errors: unknown[] = [];
  const module = secretsModule({ ...hive, agentSecrets, onError: (error) => errors.push(error) });
  const context = { caller: 'hivectl' as const, signal: new AbortController().signal, lastEventId: null };
  const { admin: handlers } = module.handlers;
  return {
    module,
    deliver: agentSecrets.deliver,
    set: (name: string, value: string) => handlers.setSecret({ name, value }, context),
    remove: (name: string) => handlers.removeSecret({ name }, context),
    grant: (name: string, subject: string) => handlers.grantSecret({ name, subject: subject as AgentName }, context),
    revoke: (name: string, subject: string) => handlers.revokeSecret({ name, subject: subject as AgentName }, context),
    list: () => handlers.listSecrets().secrets,
  };
}

describe("an agent's secrets", () => {
  test('are files that only it may read, as long as they are granted to it or to its role', async () => {
    await admin.set('DEPLOY', VALUE);
    expect(filesOf('coder')).toEqual({});
    await admin.grant('DEPLOY', 'coder');
    expect(filesOf('coder')).toEqual({ DEPLOY: VALUE });
    expect(filesOf('scout')).toEqual({});
    expect(statSync(join(boxDir('coder'), 'DEPLOY')).mode & 0o777).toBe(0o400);

    await admin.grant('DEPLOY', '@role:scout');
    expect(admin.list()).toMatchObject([
      { name: 'DEPLOY', grants: ['@role:scout', 'coder'], agents: ['coder', 'scout'] },
    ]);
    await admin.revoke('DEPLOY', 'coder');
    expect([filesOf('coder'), filesOf('scout')]).toEqual([{}, { DEPLOY: VALUE }]);
    await admin.remove('DEPLOY');
    expect(filesOf('scout')).toEqual({});
    expect(readdirSync(kept)).toEqual([]);
  });

  test('have a new value at once, and a line break at the end of several lines', async () => {
    await admin.set('KEY', VALUE);
    await admin.grant('KEY', 'coder');
    await admin.set('KEY', 'first line\nsecond line');
    expect(filesOf('coder')).toEqual({ KEY: 'first line\nsecond line\n' });
    expect(known.redactText(`${VALUE} first line\nsecond line`)).toBe(`${VALUE} [secret:KEY]`);
  });

  test('are kept 0600 over a restart, and a write that a crash interrupted leaves nothing', async () => {
    await admin.set('DEPLOY', VALUE);
    await admin.grant('DEPLOY', 'coder');
    expect(statSync(join(kept, 'DEPLOY')).mode & 0o777).toBe(0o600);
    writeFileSync(join(kept, 'DEPLOY.0123456789ab'), 'half');
    // A copy that somebody made is no reason not to start.
    writeFileSync(join(kept, 'DEPLOY.bak~'), 'an older value');
    writeFileSync(join(boxDir('coder'), '.DEPLOY'), 'half');
    const again = await open();
    await again.deliver();
    expect(again.list()).toMatchObject([{ name: 'DEPLOY', grants: ['coder'] }]);
    expect(filesOf('coder')).toEqual({ DEPLOY: VALUE });
    expect(existsSync(join(kept, 'DEPLOY.0123456789ab'))).toBe(false);
    expect(known.redactText(VALUE)).toBe('[secret:DEPLOY]');
  });

  test('are no longer granted when the agent is destroyed: another one of its name gets nothing', async () => {
    await admin.set('DEPLOY', VALUE);
    await admin.grant('DEPLOY', 'coder');
    await hive.writer.write((tx) => retireAgent(tx, [admin.module], { name: coder, parent: null, reason: 'test' }));
    expect(admin.list()).toMatchObject([{ grants: [], agents: [] }]);
  });

  test('leave no value in the store or in an event', async () => {
    await admin.set('DEPLOY', VALUE);
    await admin.grant('DEPLOY', 'coder');
    await admin.revoke('DEPLOY', 'coder');
    expect(hive.heard.map(({ data }) => data)).toEqual([
      { name: 'DEPLOY', change: 'set', subject: null, by: 'hivectl' },
      { name: 'DEPLOY', change: 'granted', subject: 'coder', by: 'hivectl' },
      { name: 'DEPLOY', change: 'revoked', subject: 'coder', by: 'hivectl' },
    ]);
    const stored = readdirSync(hive.dir).filter((file) => file.startsWith('hive.db'));
    for (const file of stored) expect(readFileSync(join(hive.dir, file)).includes(VALUE)).toBe(false);
  });
});

describe('a wrong command about secrets', () => {
  test('changes nothing and says what is wrong', async () => {
    await expect(admin.grant('NONE', 'coder')).rejects.toMatchObject({ code: 'not_found' });
    await expect(admin.remove('NONE')).rejects.toMatchObject({ code: 'not_found' });
    await admin.set('DEPLOY', VALUE);
    await expect(admin.grant('DEPLOY', 'nobody')).rejects.toMatchObject({ code: 'unknown_agent' });
    await expect(admin.revoke('DEPLOY', 'coder')).rejects.toMatchObject({ code: 'not_found' });
    expect(admin.list()).toMatchObject([{ name: 'DEPLOY', grants: [] }]);
  });

  test.each(['', 'a\nb', '../x', '.x', 'a/b', '1st', 'x'.repeat(41), 'ä'])('a name is refused: %j', (name) => {
    expect(secretName.safeParse(name).success).toBe(false);
  });

  test.each([
    '',
    'x'.repeat(SECRET_BYTES.least - 1),
    'x'.repeat(SECRET_BYTES.most + 1),
    'with a NUL \0',
    '\uD800 and more',
  ])('a value is refused (case %#)', (value) => expect(secretValue.safeParse(value).success).toBe(false));

  test('a subject is an agent or a role', () => {
    expect(['coder', '@role:worker'].every((subject) => secretSubject.safeParse(subject).success)).toBe(true);
    expect(['*', '@parent', 'operator', ''].some((subject) => secretSubject.safeParse(subject).success)).toBe(false);
  });

  test('the minimum length is that of the redactor', () => {
    expect(SECRET_BYTES.least).toBe(SHORTEST_SECRET);
  });
});
