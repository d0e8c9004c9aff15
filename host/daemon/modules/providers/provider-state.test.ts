import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { bootFacts, setNotBefore } from '../agents/store/agents.ts';
import { findMessage } from '../mail/store/messages.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { openProviderKeys, type ProviderKeys } from './provider-keys.ts';
import type { ModelMap } from '../../config/model-map.ts';
import { createProviderList, type ProviderList } from './provider-list.ts';
import { createProviderState, type ProvidersLine, type ProviderState } from './provider-state.ts';
import type { AnswererName, ProviderName } from '../../../../protocol/providers.ts';

const ANTHROPIC = 'anthropic' as ProviderName;
const OPENAI = 'openai' as ProviderName;

let hive: TestHive;
let keys: ProviderKeys;
let list: ProviderList;
let state: ProviderState;
/** What the gateway was told, oldest first. */
let lines: ProvidersLine[];
beforeEach(async () => {
  hive = openTestHive();
  const secrets = join(hive.dir, 'secrets');
  await mkdir(secrets);
  keys = openProviderKeys(secrets);
  list = createProviderList(hive.db, {});
  lines = [];
  state = await start();
});
afterEach(() => hive.close());

/** `models` of config.yaml. */
let models: ModelMap = new Map();

/** The steps of hived at each start. */
async function start(): Promise<ProviderState> {
  const send = (line: ProvidersLine) => lines.push(line);
  const made = await createProviderState({ ...hive, keys, list, defaultProvider: ANTHROPIC, models, send });
  made.use(hive);
  await made.push();
  return made;
}

const set = (provider: ProviderName, key: string, label = 'main') => keys.write(provider, { label, key });
/** Tells the gateway that a provider's key changed; returns what it was told of the provider. */
async function changed(provider: ProviderName = ANTHROPIC, label = 'main') {
  await state.push({ provider: list.require(provider), label });
  return lines.at(-1)?.providers.find(({ name }) => name === provider);
}
const refused = { provider: ANTHROPIC, key: 'main', state: 'refused', status: 401 } as const;
const accepted = { provider: ANTHROPIC, key: 'main', state: 'accepted', status: 200 } as const;
const kinds = () => hive.heard.map(({ kind }) => kind).filter((kind) => /^provider|^message/.test(kind));

test('a fresh hive is answered by the demo model; a hive that ever had a key only when the operator chooses it', async () => {
  expect(state.view(ANTHROPIC)).toEqual({ name: 'demo', hasKey: false, refused: null });
  await set(ANTHROPIC, 'sk-1');
  expect(await changed()).toMatchObject({ keys: [{ label: 'main', key: 'sk-1' }], demo: false });
  await keys.remove(ANTHROPIC, 'main');
  expect(await changed()).toMatchObject({ keys: [], demo: false });
  expect((await start()).answers({})).toBe('none');
  await state.chooseDemo();
  expect(await changed()).toMatchObject({ keys: [], demo: true });
  await set(ANTHROPIC, 'sk-2');
  await changed();
  await keys.remove(ANTHROPIC, 'main');
  expect(await changed()).toMatchObject({ keys: [], demo: false });
});

test('a refused key is reported once, also across a restart, with the remedy; waiting agents continue when it is accepted', async () => {
  await set(ANTHROPIC, 'sk-1');
  await changed();
  for (let times = 0; times < 3; times += 1) await state.hear(refused);
  state = await start();
  await state.hear(refused);
  expect(kinds()).toEqual(['provider.refused', 'message.sent']);
  expect(hive.heard.find(({ kind }) => kind === 'message.sent')?.data).toMatchObject({
    to: 'operator',
    preview: expect.stringContaining('hivectl provider set anthropic') as string,
  });
  expect(state.view(ANTHROPIC).refused).toEqual({ status: 401, since: hive.time.now });
  await hive.writer.write((tx) => setNotBefore(tx.db, 'scout' as AgentName, hive.time.now + 60_000));
  await state.hear(accepted);
  await state.hear(accepted);
  expect(kinds().slice(2)).toEqual(['provider.accepted']);
  expect(state.view(ANTHROPIC).refused).toBeNull();
  expect(bootFacts(hive.db, 'scout')?.notBefore).toBeNull();
});

test('an outage is reported once with its cause, also across a restart, and its end once; the demo model has none', async () => {
  await set(ANTHROPIC, 'sk-1');
  await changed();
  const call = (provider: AnswererName, minute: number, status: number) =>
    hive.writer.write((tx) => state.hearCall(tx, { provider, status, endedAt: minute * 60_000 }));
  for (let minute = 0; minute < 9; minute += 1) await call('demo', minute, 500);
  for (let minute = 0; minute < 3; minute += 1) await call(ANTHROPIC, minute, 529);
  state = await start();
  for (let minute = 3; minute < 60; minute += 1) await call(ANTHROPIC, minute, 529);
  expect(kinds()).toEqual(['provider.away', 'message.sent']);
  expect(hive.heard.find(({ kind }) => kind === 'provider.away')?.data).toEqual({
    provider: 'anthropic',
    status: 529,
    since: 0,
  });
  await call(ANTHROPIC, 60, 200);
  await call(ANTHROPIC, 61, 200);
  expect(kinds()).toEqual(['provider.away', 'message.sent', 'provider.back', 'message.sent']);
  const told = hive.heard.filter(({ kind }) => kind === 'message.sent').map(({ data }) => (data as { id: number }).id);
  expect(told.map((id) => findMessage(hive.db, id)?.body)).toEqual([
    expect.stringContaining('since 1970-01-01T00:00:00.000Z: it is overloaded (529)'),
    'The model provider anthropic answers again. Its last failure was at 1970-01-01T00:59:00.000Z.',
  ]);
});

test('a reported outage is forgotten with its key; another one is reported again', async () => {
  await set(ANTHROPIC, 'sk-1');
  await changed();
  const call = (minute: number, status: number) =>
    hive.writer.write((tx) => state.hearCall(tx, { provider: ANTHROPIC, status, endedAt: minute * 60_000 }));
  const fail = async (from: number) => {
    for (let minute = from; minute < from + 3; minute += 1) await call(minute, 529);
  };
  const outages = () => kinds().filter((kind) => kind.startsWith('provider'));
  await fail(0);
  await keys.remove(ANTHROPIC, 'main');
  await changed();
  await set(ANTHROPIC, 'sk-2');
  await changed();
  await call(4, 200);
  expect(outages()).toEqual(['provider.away']);
  await fail(5);
  await set(ANTHROPIC, 'sk-3');
  await changed();
  await fail(8);
  expect(outages()).toEqual(['provider.away', 'provider.away', 'provider.away']);
});

test('after a night without calls the end of an outage is reported with its last failure, not with a duration', async () => {
  await set(ANTHROPIC, 'sk-1');
  await changed();
  for (const minute of [0, 1, 2])
    await hive.writer.write((tx) => state.hearCall(tx, { provider: ANTHROPIC, status: 529, endedAt: minute * 60_000 }));
  await hive.writer.write((tx) => state.hearCall(tx, { provider: ANTHROPIC, status: 200, endedAt: 900 * 60_000 }));
  expect(hive.heard.find(({ kind }) => kind === 'provider.back')?.data).toEqual({
    provider: 'anthropic',
    lastFailureAt: 120_000,
  });
});

test('a new key does not count as refused before it was tried', async () => {
  await set(ANTHROPIC, 'sk-1');
  await changed();
  await state.hear(refused);
  await set(ANTHROPIC, 'sk-2');
  await changed();
  expect(state.view(ANTHROPIC).refused).toBeNull();
});

test('each provider has its own key, refusal and outage', async () => {
  await set(OPENAI, 'sk-2');
  await changed(OPENAI);
  expect(state.inUse()).toEqual(['anthropic', 'openai']);
  await state.hear({ ...refused, provider: OPENAI });
  // A provider that never had a key is still answered by the demo model.
  expect(state.answers({})).toBe('demo');
  expect(state.answers({ provider: OPENAI })).toBe(OPENAI);
  expect([state.view(ANTHROPIC).refused, state.view(OPENAI).refused?.status]).toEqual([null, 401]);
  await keys.remove(OPENAI, 'main');
  await changed(OPENAI);
  expect([state.answers({ provider: OPENAI }), state.answers({})]).toEqual(['none', 'demo']);
  expect(state.inUse()).toEqual(['anthropic']);
  await state.chooseDemo();
  expect(state.answers({ provider: OPENAI })).toBe('demo');
});

test('only the agents of a provider are unparked for it, and only the scripted model is free', async () => {
  const scout = 'scout' as AgentName;
  const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.5 };
  expect(state.correctUsage(scout, usage).costUsd).toBe(0);
  await set(ANTHROPIC, 'sk-1');
  await changed();
  expect(state.correctUsage(scout, usage)).toEqual(usage);
  await hive.writer.write((tx) => setNotBefore(tx.db, scout, hive.time.now + 60_000));
  await state.unpark(OPENAI);
  expect(bootFacts(hive.db, scout)?.notBefore).not.toBeNull();
  await state.unpark(ANTHROPIC);
  expect(bootFacts(hive.db, scout)?.notBefore).toBeNull();
});

test('an agent whose model has a fallback is answered by the first provider with a key, and unparked for each of them', async () => {
  const scout = 'scout' as AgentName;
  const entries = [
    { provider: ANTHROPIC, model: 'a' },
    { provider: OPENAI, model: 'b' },
  ];
  models = new Map([['sonnet', entries]]);
  state = await start();
  models = new Map();
  const spec = { model: 'sonnet' };
  expect(state.modelOf(spec)).toMatchObject({ provider: 'anthropic', model: 'a' });
  expect([state.answers(spec), state.inUse()]).toEqual(['demo', ['anthropic', 'openai']]);
  await set(OPENAI, 'sk-2');
  await changed(OPENAI);
  expect([state.of(spec), state.answers(spec), state.answers({})]).toEqual(['anthropic', 'openai', 'demo']);
  await hive.writer.write((tx) => setNotBefore(tx.db, scout, hive.time.now + 60_000));
  await state.unpark(OPENAI);
  expect(bootFacts(hive.db, scout)?.notBefore).toBeNull();
});

test('the notice of a limit says who goes on', async () => {
  const until = hive.time.now + 3_600_000;
  await state.hearLimit({ provider: ANTHROPIC, modelClass: 'sonnet', kind: 'quota', until, fallback: 'openai/b' });
  const sent = hive.heard.find(({ kind }) => kind === 'message.sent')?.data as { id: number };
  expect(findMessage(hive.db, sent.id)?.body).toContain('a fallback go on with it until then (now openai/b)');
});

test('a limit of an account is told once, however many agents meet it; a short one, one without an end and an outage are not', async () => {
  const { now } = hive.time;
  const limit = (more: object) =>
    state.hearLimit({ provider: ANTHROPIC, modelClass: 'sonnet', kind: 'quota', until: now + 3_600_000, ...more });
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
