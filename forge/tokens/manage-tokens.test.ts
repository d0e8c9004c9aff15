import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { openLog } from '../../system/log.ts';
import type { Db } from '../../store/open-store.ts';
import { createOutbox } from '../repositories/outbox.ts';
import { createRoster } from '../roster.ts';
import { factsAfter } from '../store/facts.ts';
import { openForgeDb } from '../store/forge-db.ts';
import { createToken, findTokenUser, listTokens, tidyTokens } from './manage-tokens.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
let dir: string;
let db: Db;
let now = 0;
const owners = createRoster();
const core = () => ({
  db,
  owners,
  outbox: createOutbox(db),
  clock: () => now,
  limits: { maxTokens: 3 } as never,
  log: openLog({ level: 'silent', output: process.stderr }),
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'forge-tokens-'));
  db = openForgeDb(join(dir, 'forge.db'), null);
  now = 1_000_000;
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

const make = (name: string, days = 1) =>
  createToken(core(), { name, owner: 'operator', scopes: ['read:user'], repositories: null, days });
const use = (value: string) => findTokenUser(core(), `token ${value}`);

test('a token ends with its time, is shown as expired for thirty days, and is deleted then', () => {
  const { value } = make('short');
  expect(use(value).caller).toMatchObject({ kind: 'operator', token: { repositories: null } });
  now += DAY_MS;
  expect(() => use(value)).toThrow(expect.objectContaining({ code: 'unauthenticated' }));
  tidyTokens(core(), null);
  expect(listTokens(core()).map(({ name }) => name)).toEqual(['short']);
  now += 30 * DAY_MS;
  tidyTokens(core(), null);
  expect(listTokens(core())).toEqual([]);
  // The operator hears of both, whoever made it.
  expect(factsAfter(db, 0, 10).map(({ kind, by, repo, data }) => [kind, by, repo, data['removed']])).toEqual([
    ['forge.token_changed', 'operator', '*', false],
    ['forge.token_changed', 'system', '*', true],
  ]);
});

test('names are unique, there is a most, and an agent must be there', () => {
  make('a');
  expect(() => make('a')).toThrow(expect.objectContaining({ code: 'duplicate_token' }));
  make('b');
  make('c');
  expect(() => make('d')).toThrow(expect.objectContaining({ code: 'forge_quota' }));
  const wanted = { name: 'e', scopes: ['read:user' as const], repositories: null, days: 1 };
  const nobody = { ...wanted, owner: 'nobody' as AgentName };
  expect(() => createToken(core(), nobody)).toThrow(expect.objectContaining({ code: 'unknown_agent' }));
});

/** Seen red: the forge was away while the agent was destroyed and made again. */
test('an agent that is made again under its name has none of the tokens of the one before', () => {
  const line = { name: 'bot' as AgentName, isManager: false, parent: null, role: null, projects: {}, socket: '' };
  owners.set({ agents: [{ ...line, madeAt: 500_000 }], projects: [] });
  const wanted = { owner: line.name, scopes: ['read:user' as const], repositories: null, days: 1 };
  createToken(core(), { ...wanted, name: 'old' });
  make('of the operator');
  tidyTokens(core(), [{ name: line.name, madeAt: 500_000 }]);
  expect(listTokens(core())).toHaveLength(2);
  now += 10;
  tidyTokens(core(), [{ name: line.name, madeAt: now }]);
  createToken(core(), { ...wanted, name: 'new' });
  tidyTokens(core(), [{ name: line.name, madeAt: now }]);
  expect(listTokens(core()).map(({ name }) => name)).toEqual(['new', 'of the operator']);
});

test('its use is noted once a minute; a database that takes no change does not keep readers out', () => {
  const { value } = make('reader');
  use(value);
  const noted = now;
  now += 59_999;
  use(value);
  expect(listTokens(core())[0]?.usedAt).toBe(noted);
  now += 1;
  db.pragma('query_only = ON');
  expect(use(value).caller.kind).toBe('operator');
  expect(listTokens(core())[0]?.usedAt).toBe(noted);
});
