import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { PROVIDER_NAMES } from '../../../../protocol/providers.ts';
import { bootFacts, setNotBefore } from '../agents/store/agents.ts';
import { findMessage } from '../mail/store/messages.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { openProviderKeys, type ProviderKeys } from './provider-keys.ts';
import { createProviderState, type ProviderState } from './provider-state.ts';

let hive: TestHive;
let keys: ProviderKeys;
let state: ProviderState;
beforeEach(async () => {
  hive = openTestHive();
  const secrets = join(hive.dir, 'secrets');
  await mkdir(secrets);
  keys = openProviderKeys(secrets);
  state = await start();
});
afterEach(() => hive.close());

/** The steps of hived at each start. */
async function start(): Promise<ProviderState> {
  const made = await createProviderState({ ...hive, keys, defaultProvider: 'anthropic' });
  made.use(hive);
  for (const provider of PROVIDER_NAMES) await made.renew(provider, { keyChanged: false });
  return made;
}

const changed = () => state.renew('anthropic', { keyChanged: true });
const refused = { provider: 'anthropic', state: 'refused', status: 401 } as const;
const accepted = { provider: 'anthropic', state: 'accepted', status: 200 } as const;
const kinds = () => hive.heard.map(({ kind }) => kind).filter((kind) => /^provider|^message/.test(kind));

test('a fresh hive is answered by the demo model; a hive that ever had a key only when the operator chooses it', async () => {
  expect(state.view('anthropic')).toEqual({ name: 'demo', hasKey: false, refused: null });
  await keys.write('anthropic', 'sk-1');
  expect(await changed()).toEqual({ type: 'provider', provider: 'anthropic', key: 'sk-1', demo: false });
  await keys.remove('anthropic');
  expect(await changed()).toEqual({ type: 'provider', provider: 'anthropic', key: null, demo: false });
  expect((await start()).answers({})).toBe('none');
  await state.chooseDemo();
  expect(await changed()).toMatchObject({ key: null, demo: true });
  await keys.write('anthropic', 'sk-2');
  await changed();
  await keys.remove('anthropic');
  expect(await changed()).toMatchObject({ key: null, demo: false });
});

test('a refused key is reported once, also across a restart, with the remedy; waiting agents continue when it is accepted', async () => {
  await keys.write('anthropic', 'sk-1');
  await changed();
  for (let times = 0; times < 3; times += 1) await state.hear(refused);
  state = await start();
  await state.hear(refused);
  expect(kinds()).toEqual(['provider.refused', 'message.sent']);
  expect(hive.heard.find(({ kind }) => kind === 'message.sent')?.data).toMatchObject({
    to: 'operator',
    preview: expect.stringContaining('hivectl provider set anthropic') as string,
  });
  expect(state.view('anthropic').refused).toEqual({ status: 401, since: hive.time.now });
  await hive.writer.write((tx) => setNotBefore(tx.db, 'scout' as AgentName, hive.time.now + 60_000));
  await state.hear(accepted);
  await state.hear(accepted);
  expect(kinds().slice(2)).toEqual(['provider.accepted']);
  expect(state.view('anthropic').refused).toBeNull();
  expect(bootFacts(hive.db, 'scout')?.notBefore).toBeNull();
});

test('an outage is reported once with its cause, also across a restart, and its end once; the demo model has none', async () => {
  await keys.write('anthropic', 'sk-1');
  await changed();
  const call = (provider: 'anthropic' | 'demo', minute: number, status: number) =>
    hive.writer.write((tx) => state.hearCall(tx, { provider, status, endedAt: minute * 60_000 }));
  for (let minute = 0; minute < 9; minute += 1) await call('demo', minute, 500);
  for (let minute = 0; minute < 3; minute += 1) await call('anthropic', minute, 529);
  state = await start();
  for (let minute = 3; minute < 60; minute += 1) await call('anthropic', minute, 529);
  expect(kinds()).toEqual(['provider.away', 'message.sent']);
  expect(hive.heard.find(({ kind }) => kind === 'provider.away')?.data).toEqual({
    provider: 'anthropic',
    status: 529,
    since: 0,
  });
  await call('anthropic', 60, 200);
  await call('anthropic', 61, 200);
  expect(kinds()).toEqual(['provider.away', 'message.sent', 'provider.back', 'message.sent']);
  const told = hive.heard.filter(({ kind }) => kind === 'message.sent').map(({ data }) => (data as { id: number }).id);
  expect(told.map((id) => findMessage(hive.db, id)?.body)).toEqual([
    expect.stringContaining('since 1970-01-01T00:00:00.000Z: it is overloaded (529)'),
    'The model provider anthropic answers again. Its last failure was at 1970-01-01T00:59:00.000Z.',
  ]);
});

test('a reported outage is forgotten with its key; another one is reported again', async () => {
  await keys.write('anthropic', 'sk-1');
  await changed();
  const call = (minute: number, status: number) =>
    hive.writer.write((tx) => state.hearCall(tx, { provider: 'anthropic', status, endedAt: minute * 60_000 }));
  const fail = async (from: number) => {
    for (let minute = from; minute < from + 3; minute += 1) await call(minute, 529);
  };
  const outages = () => kinds().filter((kind) => kind.startsWith('provider'));
  await fail(0);
  await keys.remove('anthropic');
  await changed();
  await keys.write('anthropic', 'sk-2');
  await changed();
  await call(4, 200);
  expect(outages()).toEqual(['provider.away']);
  await fail(5);
  await keys.write('anthropic', 'sk-3');
  await changed();
  await fail(8);
  expect(outages()).toEqual(['provider.away', 'provider.away', 'provider.away']);
});

test('after a night without calls the end of an outage is reported with its last failure, not with a duration', async () => {
  await keys.write('anthropic', 'sk-1');
  await changed();
  for (const minute of [0, 1, 2])
    await hive.writer.write((tx) =>
      state.hearCall(tx, { provider: 'anthropic', status: 529, endedAt: minute * 60_000 }),
    );
  await hive.writer.write((tx) => state.hearCall(tx, { provider: 'anthropic', status: 200, endedAt: 900 * 60_000 }));
  expect(hive.heard.find(({ kind }) => kind === 'provider.back')?.data).toEqual({
    provider: 'anthropic',
    lastFailureAt: 120_000,
  });
});

test('a new key does not count as refused before it was tried', async () => {
  await keys.write('anthropic', 'sk-1');
  await changed();
  await state.hear(refused);
  await keys.write('anthropic', 'sk-2');
  await changed();
  expect(state.view('anthropic').refused).toBeNull();
});

test('each provider has its own key, refusal and outage', async () => {
  await keys.write('openai', 'sk-2');
  await state.renew('openai', { keyChanged: true });
  expect(state.inUse()).toEqual(['anthropic', 'openai']);
  await state.hear({ ...refused, provider: 'openai' });
  // A provider that never had a key is still answered by the demo model.
  expect(state.answers({})).toBe('demo');
  expect(state.answers({ provider: 'openai' })).toBe('openai');
  expect([state.view('anthropic').refused, state.view('openai').refused?.status]).toEqual([null, 401]);
  await keys.remove('openai');
  await state.renew('openai', { keyChanged: true });
  expect([state.answers({ provider: 'openai' }), state.answers({})]).toEqual(['none', 'demo']);
  expect(state.inUse()).toEqual(['anthropic']);
  await state.chooseDemo();
  expect(state.answers({ provider: 'openai' })).toBe('demo');
});

test('only the agents of a provider are unparked for it, and only the scripted model is free', async () => {
  const scout = 'scout' as AgentName;
  const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.5 };
  expect(state.correctUsage(scout, usage).costUsd).toBe(0);
  await keys.write('anthropic', 'sk-1');
  await changed();
  expect(state.correctUsage(scout, usage)).toEqual(usage);
  await hive.writer.write((tx) => setNotBefore(tx.db, scout, hive.time.now + 60_000));
  await state.unpark('openai');
  expect(bootFacts(hive.db, scout)?.notBefore).not.toBeNull();
  await state.unpark('anthropic');
  expect(bootFacts(hive.db, scout)?.notBefore).toBeNull();
});

test('a limit of an account is told once, however many agents meet it; a short one, one without an end and an outage are not', async () => {
  const { now } = hive.time;
  const limit = (more: object) =>
    state.hearLimit({ provider: 'anthropic', modelClass: 'sonnet', kind: 'quota', until: now + 3_600_000, ...more });
  await limit({ until: now + 60_000 });
  await limit({ until: null });
  await limit({ kind: 'overloaded' });
  expect(kinds()).toEqual([]);
  await limit({});
  await limit({ until: now + 3_601_000 });
  expect(kinds()).toEqual(['provider.limited', 'message.sent']);
  await limit({ modelClass: 'opus' });
  await limit({ until: now + 9_000_000 });
  expect(kinds().filter((kind) => kind === 'provider.limited')).toHaveLength(3);
});
