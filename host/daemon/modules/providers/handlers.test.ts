import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { ProviderKind, ProviderName } from '../../../../protocol/providers.ts';
import { findAgent } from '../agents/queries.ts';
import { setSpec } from '../agents/store/agents.ts';
import type { ModelEntry } from '../../../../protocol/schemas/model.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { handleProviders } from './handlers.ts';
import { openProviderKeys, type ProviderKeys } from './provider-keys.ts';
import { createProviderList, type ProviderList } from './provider-list.ts';
import { createProviderState, type ProvidersLine, type ProviderState } from './provider-state.ts';

const ANTHROPIC = 'anthropic' as ProviderName;
const LAB = 'lab' as ProviderName;
const URL = 'http://127.0.0.1:8000/v1';
const KEY = 'sk-the-first-key';
const TOKEN = 'sk-ant-oat01-a-token';
const scout = 'scout' as AgentName;
const CALL = { caller: 'hivectl' as const, lastEventId: null, signal: new AbortController().signal };

let hive: TestHive;
let secrets: string;
let keys: ProviderKeys;
let list: ProviderList;
let state: ProviderState;
let lines: ProvidersLine[];
let moved: number;
/** How many lines the gateway had when it was told of moved agents. */
let movedAfter: number;
/** `models` of config.yaml. */
const models = new Map<string, ModelEntry[]>();
beforeEach(async () => {
  hive = openTestHive();
  secrets = join(hive.dir, 'secrets');
  await mkdir(secrets);
  keys = openProviderKeys(secrets);
  list = createProviderList(hive.db, { local: { kind: 'openai-compatible', base_url: URL } } as never);
  lines = [];
  moved = 0;
  const send = (line: ProvidersLine) => lines.push(line);
  const made = await createProviderState({ ...hive, keys, list, defaultProvider: ANTHROPIC, models, send });
  made.use(hive);
  state = made;
  operator = makeOperator();
});
afterEach(() => {
  models.clear();
  return hive.close();
});

let operator: ReturnType<typeof makeOperator>;
const makeOperator = () =>
  handleProviders({
    ...hive,
    providerKeys: keys,
    providerList: list,
    providers: state,
    models,
    entryStates: { ask: () => Promise.resolve(null) },
    gatewayMoments: { ask: () => Promise.resolve(null) },
    gatewayStatus: () => ({ name: 'gateway', state: 'backing_off', pid: null, restarts: 2, reason: 'exited with 1' }),
    providerTests: { run: () => Promise.resolve({ ok: true, about: null, found: 'x', advice: null }) },
    makeRoom: () => false,
    async onAgentsMoved() {
      moved += 1;
      movedAfter = lines.length;
    },
  }).operator;
const add = (
  more: { provider?: string; kind?: ProviderKind; baseUrl?: string; key?: string; setupToken?: boolean } = {},
) =>
  operator.addProvider(
    {
      kind: 'openai-compatible',
      baseUrl: URL,
      key: KEY,
      setupToken: false,
      ...more,
      provider: (more.provider ?? LAB) as ProviderName,
    },
    CALL,
  );
const set = (
  key: string,
  more: { provider?: ProviderName; label?: string; add?: boolean; setupToken?: boolean } = {},
) => operator.setProvider({ provider: ANTHROPIC, add: false, setupToken: false, ...more, key }, CALL);
const remove = (provider: ProviderName, label?: string) =>
  operator.removeProvider(label === undefined ? { provider } : { provider, label }, CALL);
const use = (agent: AgentName, provider: ProviderName) => {
  const spec = { ...findAgent(hive.db, agent)!.spec, provider };
  return hive.writer.write((tx) => setSpec(tx.db, agent, { spec, tell: false }));
};
const rows = async () => (await operator.listProviders()).providers;
const told = (name: string) => lines.at(-1)?.providers.find((provider) => provider.name === name);
const failsWith = (code: string, words: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error;

test('an added provider is listed, told to the gateway with its key, and answers its agents', async () => {
  await add();
  expect((await rows()).map(({ name, origin, hasKey }) => [name, origin, hasKey])).toEqual([
    ['anthropic', 'built_in', false],
    ['openai', 'built_in', false],
    ['gemini', 'built_in', false],
    ['local', 'config', false],
    ['lab', 'added', true],
    ['demo', 'built_in', false],
  ]);
  expect(told('lab')).toMatchObject({ kind: 'openai-compatible', baseUrl: URL, keys: [{ label: 'main', key: KEY }] });
  await use(scout, LAB);
  expect(state.answers({ provider: LAB })).toBe('lab');
  const row = (await rows()).find(({ name }) => name === 'lab');
  expect(row).toMatchObject({
    agents: [scout],
    outage: null,
    kind: 'openai-compatible',
    baseUrl: URL,
    keys: [{ label: 'main', form: 'key' }],
  });
  expect(JSON.stringify(await rows())).not.toContain(KEY);
});

test.each<[string, Parameters<typeof add>[0], { code: string; words: string }]>([
  ['a built-in name', { provider: 'openai' }, { code: 'duplicate_provider', words: 'a provider "openai" already' }],
  ['a name of config.yaml', { provider: 'local' }, { code: 'duplicate_provider', words: 'a provider "local" already' }],
  ['a token for a kind that has none', { setupToken: true }, { code: 'invalid_input', words: 'no long-lived tokens' }],
  ['a key as a token', { kind: 'anthropic', setupToken: true }, { code: 'invalid_input', words: 'is not a token of' }],
])('adding a provider with %s is refused, and nothing of it is left', async (_, given, { code, words }) => {
  await expect(add(given)).rejects.toThrow(failsWith(code, words));
  expect(await readdir(secrets)).toEqual([]);
  expect(list.all()).toHaveLength(4);
});

test('a compatible kind needs a base URL, the others have one', async () => {
  const given = { provider: LAB, key: KEY, setupToken: false };
  const call = (kind: ProviderKind) => operator.addProvider({ ...given, kind }, CALL);
  await expect(call('anthropic-compatible')).rejects.toThrow(failsWith('invalid_input', '--url'));
  expect(await call('gemini')).toMatchObject({ baseUrl: 'https://generativelanguage.googleapis.com' });
});

test('two of the same name at once: one is added', async () => {
  const [one, two] = await Promise.allSettled([add(), add({ key: 'sk-another-key' })]);
  expect([one?.status, two?.status].toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await readdir(secrets)).toHaveLength(1);
});

test('a renamed provider keeps key, facts and agents; a built-in, a declared and a default one keep their names', async () => {
  await add();
  await use(scout, LAB);
  await state.hear({ provider: LAB, key: 'main', state: 'refused', status: 401 });
  const as = 'den' as ProviderName;
  expect(await operator.renameProvider({ provider: LAB, as }, CALL)).toEqual({ provider: 'den', agents: ['scout'] });
  expect(findAgent(hive.db, scout)?.spec.provider).toBe('den');
  expect(state.view(as)).toMatchObject({ name: 'den', refused: { status: 401 } });
  expect([told('den')?.keys[0]?.key, told('lab'), moved]).toEqual([KEY, undefined, 1]);
  // Its agents were told of in between: until then they found it by its old name, with the same key.
  const names = lines.slice(-2).map((line) => line.providers.filter(({ keys: [key] }) => key?.key === KEY));
  expect(names.map((both) => both.map(({ name }) => name))).toEqual([['den', 'lab'], ['den']]);
  expect(movedAfter).toBe(lines.length - 1);
  // The old name is free.
  await add({ key: 'sk-another-key' });
  for (const provider of [ANTHROPIC, 'local' as ProviderName])
    await expect(operator.renameProvider({ provider, as: 'x' as ProviderName }, CALL)).rejects.toThrow(
      failsWith('wrong_state', 'can be renamed'),
    );
  await expect(operator.renameProvider({ provider: as, as: LAB }, CALL)).rejects.toThrow(
    failsWith('duplicate_provider', 'lab'),
  );
});

test('a provider that agents are on is not removed, and they are named; then it goes with key and facts', async () => {
  await add();
  await use(scout, LAB);
  await expect(remove(LAB)).rejects.toThrow(failsWith('provider_in_use', 'on lab: scout.'));
  expect(told('lab')?.keys).toHaveLength(1);
  await use(scout, ANTHROPIC);
  expect(await remove(LAB)).toEqual({ provider: 'lab', removed: true, gone: true });
  expect([list.find(LAB), told('lab'), await readdir(secrets)]).toEqual([null, undefined, []]);
  const facts = hive.db.prepare("SELECT COUNT(*) FROM meta WHERE key LIKE 'provider._%'").pluck().get();
  expect(facts).toBe(0);
  await expect(remove(LAB)).rejects.toThrow(
    failsWith('unknown_provider', 'There is: anthropic, openai, gemini, local.'),
  );
  // An agent of a provider that is declared nowhere is answered by nobody, and seen.
  await use(scout, LAB);
  expect(state.answers({ provider: LAB })).toBe('none');
  expect(state.inUse()).toEqual(['anthropic', 'lab']);
});

test('several keys: labels, replacement and removal of one; the built-in provider stays', async () => {
  expect(await set(KEY)).toMatchObject({ label: 'main' });
  expect(await set('sk-the-second-key', { add: true })).toMatchObject({ label: 'key-2' });
  expect(await set('sk-the-third-key', { add: true, label: 'team' })).toMatchObject({ label: 'team' });
  await expect(set('sk-which-of-them')).rejects.toThrow(failsWith('wrong_state', '"main", "key-2", "team"'));
  await expect(set('sk-the-other-key', { label: 'nobody' })).rejects.toThrow(failsWith('unknown_key', '"nobody"'));
  await expect(set('sk-the-other-key', { add: true, label: 'team' })).rejects.toThrow(
    failsWith('duplicate_key', 'team'),
  );
  await expect(set(KEY, { add: true })).rejects.toThrow(failsWith('duplicate_key', 'the label "main"'));
  expect(await set('sk-the-team-key', { label: 'team' })).toMatchObject({ label: 'team' });
  expect(told('anthropic')?.keys.map(({ label, key }) => [label, key])).toEqual([
    ['main', KEY],
    ['key-2', 'sk-the-second-key'],
    ['team', 'sk-the-team-key'],
  ]);
  await expect(remove(ANTHROPIC, 'nobody')).rejects.toThrow(failsWith('unknown_key', 'It has: "main"'));
  expect(await remove(ANTHROPIC, 'main')).toMatchObject({ removed: true, gone: false });
  expect(told('anthropic')?.keys.map(({ label }) => label)).toEqual(['key-2', 'team']);
  expect(await remove(ANTHROPIC)).toMatchObject({ removed: true, gone: false });
  expect([told('anthropic')?.keys, state.answers({})]).toEqual([[], 'none']);
});

test('of several keys one that is refused is told with its label; only when all are do agents count as waiting', async () => {
  await set(KEY);
  await set('sk-the-second-key', { add: true });
  const hear = (key: string, is: 'refused' | 'accepted') =>
    state.hear({ provider: ANTHROPIC, key, state: is, status: is === 'refused' ? 401 : 200 });
  const sent = () =>
    hive.heard.flatMap(({ kind, data }) => (kind === 'message.sent' ? [(data as { preview: string }).preview] : []));
  await hear('main', 'refused');
  await hear('main', 'refused');
  expect(state.view(ANTHROPIC).refused).toBeNull();
  await hear('key-2', 'refused');
  expect(state.view(ANTHROPIC).refused).toMatchObject({ status: 401 });
  expect(sent()).toEqual([
    expect.stringContaining('The key "main" was refused by anthropic (401). Calls use its other keys.'),
    expect.stringContaining('The key "key-2" was refused by anthropic (401). So were its other keys'),
  ]);
  expect((await rows())[0]?.keys.map(({ refused }) => refused)).toEqual([401, 401]);
  await set('sk-the-new-key', { label: 'main' });
  expect((await rows())[0]?.keys.map(({ refused }) => refused).toSorted()).toEqual([401, null]);
  await hear('gone', 'refused');
  expect(sent()).toHaveLength(2);
});

test("a subscription's token is set in place of a key, and shown as one", async () => {
  expect(await set(TOKEN, { setupToken: true })).toMatchObject({ label: 'main' });
  expect((await rows())[0]?.keys).toMatchObject([{ form: 'setup_token' }]);
});

test('a key that an older build stored is used, and so is what it knew of it', async () => {
  await keys.write(ANTHROPIC, { label: 'main', key: KEY });
  expect(await readdir(secrets)).toEqual(['anthropic.key']);
  const meta = hive.db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  meta.run('provider.anthropic.refused', '{"status":401,"since":7}');
  await state.push();
  expect(state.view(ANTHROPIC)).toEqual({ name: 'anthropic', hasKey: true, refused: { status: 401, since: 7 } });
});

test('at a start, keys without a provider and files of interrupted writes are deleted, and no other file', async () => {
  await add();
  const [kept] = await readdir(secrets);
  // What a kill in the middle of a write leaves: a whole key or login.
  for (const left of ['anthropic.key', 'openai.work.key', kept ?? ''])
    await writeFile(join(secrets, `${left}.0123456789ab`), KEY);
  await keys.write('_0123456789abcdef', { label: 'main', key: KEY });
  await keys.write(ANTHROPIC, { label: 'main', key: KEY });
  await keys.removeOthers(new Set(list.all().map(({ id }) => id)));
  expect(new Set(await readdir(secrets))).toEqual(new Set([kept, 'anthropic.key']));
});

test('a limit of a key is shown until it ends, is lifted, or the key is another one', async () => {
  await set(KEY);
  await set('sk-the-second-key', { add: true });
  const hear = (key: string | null, until: number | null) => state.hearKeyLimit({ provider: ANTHROPIC, key, until });
  // Their order is that of their files, whose times may be the same.
  const limits = async () =>
    Object.fromEntries((await rows())[0]?.keys.map(({ label, limitedUntil }) => [label, limitedUntil]) ?? []);
  const { now } = hive.time;
  hear('main', now + 5_000);
  hear('key-2', now + 9_000);
  hear(null, now + 9_000);
  expect(await limits()).toEqual({ main: now + 5_000, 'key-2': now + 9_000 });
  hear('main', now);
  await set('sk-the-newest-key', { label: 'key-2' });
  expect(await limits()).toEqual({ main: null, 'key-2': null });
  hear('main', now + 5_000);
  hive.time.now += 5_000;
  expect(await limits()).toMatchObject({ main: null });
});

test('of keys that are removed together, one whose file stays does not keep the others in use', async () => {
  await operator.setProvider({ provider: ANTHROPIC, key: KEY, add: false, setupToken: false }, CALL);
  await operator.setProvider({ provider: ANTHROPIC, key: 'sk-another-key', label: 'b', add: true, setupToken: false }, CALL);
  const { remove: removeFile } = keys;
  keys.remove = async (id, label) => {
    if (label === 'b') throw new Error('EIO');
    return removeFile(id, label);
  };
  await expect(remove(ANTHROPIC)).rejects.toThrow('EIO');
  expect(told('anthropic')?.keys.map(({ label }) => label)).toEqual(['b']);
}); // prettier-ignore

test('a provider in `models` of config.yaml is neither removed nor renamed', async () => {
  await add({ provider: 'deepseek', kind: 'anthropic-compatible', baseUrl: URL });
  const provider = 'deepseek' as ProviderName;
  models.set('worker', [{ provider, model: 'chat' }]);
  const says = (code: string) =>
    expect.objectContaining({ code, message: expect.stringContaining('models.worker') as string }) as Error;
  await expect(operator.removeProvider({ provider }, CALL)).rejects.toThrow(says('provider_in_use'));
  await expect(operator.renameProvider({ provider, as: 'other' as ProviderName }, CALL)).rejects.toThrow(
    says('wrong_state'),
  );
  expect(list.find(provider)?.name).toBe('deepseek');
  expect((await operator.listModels()).models).toMatchObject([
    {
      name: 'worker',
      entries: [{ provider: 'deepseek', model: 'chat', state: 'unknown', answers: false }],
      agents: [],
    },
  ]);
});

test('an outage is listed with its provider once the operator was told of it', async () => {
  await add();
  const fail = (after: number) =>
    hive.writer.write((tx) => state.hearCall(tx, { provider: LAB, status: 502, endedAt: hive.time.now + after }));
  await fail(0);
  await fail(1_000);
  const outage = async () => (await rows()).find(({ name }) => name === 'lab')?.outage;
  expect(await outage()).toBeNull();
  await fail(61_000);
  expect(await outage()).toEqual({ since: hive.time.now, last: hive.time.now + 61_000 });
});

test('the gateway is described without an answer of its own', async () => {
  expect(await operator.describeGateway()).toMatchObject({
    service: { state: 'backing_off' },
    now: null,
    lately: { calls: 0, usdPerHour: 0 },
  });
});
