import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import { testReceipt } from '../../protocol/testing/test-receipt.ts';
import type { ForgeClient } from '../hive-link/forge-client.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { createTurnMail } from '../turn/turn-mail.ts';
import { callTool } from './call-tool.ts';
import { MAX_ANSWER_CHARS } from './fit-answer.ts';
import { listTools } from '../../protocol/told/list-tools.ts';

let stateDir = '';
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'answers-'));
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

/** The longest possible text, in which escaping quadruples every "<". */
const TEXT = `${'<message>'.repeat(5_000)} END`;
const NAMES = Array.from({ length: 5_000 }, (_, at) => `agent-with-a-long-name-${at}`);
const many = <T>(count: number, make: (at: number) => T) => Array.from({ length: count }, (_, at) => make(at));

const receipt = (at: number) =>
  testReceipt({
    delivery: at,
    recipient: `agent-${at}`,
    attempts: 3,
    turn: 7,
    storedAt: 0,
    wokenAt: 0,
    note: 'why'.repeat(500),
  });
const message = (id: number) => ({
  id,
  delivery: id,
  thread: 1,
  inReplyTo: null,
  from: 'manager',
  to: 'scout',
  kind: 'note',
  priority: null,
  broadcast: false,
  copy: false,
  redelivered: false,
  body: TEXT,
  at: 0,
  turn: 1,
  data: {},
  receipts: many(20, receipt),
});
const file = Buffer.alloc(10 * 1024 * 1024, 'x');

const QUEUED = {
  number: 1,
  base: 'b'.repeat(255),
  commit: 'c'.repeat(40),
  state: 'waiting',
  position: null,
  reasons: many(20, () => TEXT.slice(0, 1_000)),
};

const branch = (at: number) => ({
  name: `${'b'.repeat(240)}-${at}`,
  oid: 'a'.repeat(40),
  summary: TEXT.slice(0, 200),
  author: TEXT.slice(0, 100),
  at: 0,
});
const PATH = { owner: 'web', name: 'app', number: 1 };
const pull = (number: number) => ({
  ...PATH,
  number,
  title: TEXT.slice(0, 200),
  author: 'scout',
  state: 'open',
  draft: false,
  base: 'b'.repeat(240),
  head: 'h'.repeat(240),
  commit: 'c'.repeat(40),
  labels: many(20, (at) => ({ name: `${'l'.repeat(48)}${at}`, color: '#000000' })),
  mergeCommit: null,
});
const pullStatus = () => ({
  context: TEXT.slice(0, 200),
  by: 'a'.repeat(32),
  state: 'failure',
  description: TEXT.slice(0, 500),
  url: `https://${'u'.repeat(490)}`,
  required: true,
  refusal: null,
});
const checkRun = (id: number) => ({
  id,
  check: 'c'.repeat(64),
  required: true,
  state: 'failed',
  attempt: 2,
  reason: TEXT.slice(0, 500),
  flaky: true,
});
/** The largest answers about pull requests. */
const LARGE_PULLS = {
  prs: { input: {}, answer: { pulls: many(100, pull), next: 7 } },
  open_pr: { input: { owner: 'web', name: 'app', head: 'x', title: 'x' }, answer: { pull: pull(1) } },
  edit_pr: { input: { ...PATH, title: 'x' }, answer: { pull: pull(1) } },
  merge_pr: { input: PATH, answer: { pull: pull(1), queue: QUEUED } },
  unqueue_pr: { input: PATH, answer: { pull: pull(1) } },
  review_pr: { input: { ...PATH, verdict: 'approve' }, answer: { entry: { kind: 'approve', commit: 'c'.repeat(40) } } },
  check_log: {
    input: { owner: 'web', name: 'app', run: 1 },
    answer: { run: checkRun(1), text: '"'.repeat(200_000), before: 7 },
  },
  pr_diff: { input: PATH, answer: { commit: 'c'.repeat(40), text: '"'.repeat(400_000), next: 400_000 } },
  pr: {
    input: PATH,
    answer: {
      pull: pull(1),
      queue: QUEUED,
      body: TEXT.slice(0, 20_000),
      reviewers: NAMES,
      entries: many(100, (id) => ({
        id,
        at: 0,
        by: 'judge',
        kind: 'comment',
        body: TEXT.slice(0, 20_000),
        commit: 'c'.repeat(40),
        path: 'p'.repeat(4_000),
        line: 1,
        lineNow: 1,
        isOutdated: false,
        replyTo: null,
        stale: true,
      })),
      entriesLeftOut: 1_900,
      commits: many(50, branch),
      files: many(300, () => ({ path: 'p'.repeat(4_000), added: 1, removed: null })),
      filesLeftOut: 1,
      behind: 1_000,
      merge: {
        ready: false,
        reasons: ['x'],
        checks: { state: 'failed', trouble: null, runs: many(20, checkRun) },
        statuses: many(10, pullStatus),
      },
    },
  },
};

const repo = (at: number) => ({
  owner: 'scout',
  name: `tool-${at}`,
  description: TEXT.slice(0, 500),
  defaultBranch: 'b'.repeat(240),
  branches: 900,
  openPulls: 900,
  forkOf: null,
  head: branch(at),
  sizeBytes: 0,
  createdAt: 0,
  pushedAt: 0,
  access: 'write',
});

/** The largest answers of hived and the forge, and more. */
const LARGE: Record<string, { input: Record<string, unknown>; answer: unknown }> = {
  send: {
    input: { to: '*', body: 'x' },
    answer: {
      id: 1,
      thread: 1,
      recipients: NAMES,
      duplicate: false,
      waiting: NAMES.map((name) => ({ name, state: 'parked', until: 0, reason: 'a limit' })),
    },
  },
  recv: { input: { limit: 50 }, answer: { messages: [message(1)], waiting: 0 } },
  receipts: { input: { id: 1 }, answer: { id: 1, receipts: many(5_000, receipt) } },
  thread: { input: { id: 1 }, answer: { thread: 1, state: 'open', messages: many(100, message), more: true } },
  search: { input: { query: 'x' }, answer: { hits: many(50, (id) => ({ ...message(id), excerpt: TEXT })) } },
  topics: {
    input: {},
    answer: {
      topics: many(1_000, (at) => ({
        topic: `#t${at}`,
        open: true,
        subscribers: NAMES.slice(0, 10),
        count: 10,
        subscribed: true,
      })),
      total: 2_000,
    },
  },
  remind: { input: { body: 'x', in_seconds: 9 }, answer: { id: 1, due_at: 0, duplicate: false } },
  reminders: {
    input: {},
    answer: { reminders: many(100, (id) => ({ id, dueAt: 0, body: TEXT, attachment: null })) },
  },
  schedule: { input: { cron: '@daily', body: 'x' }, answer: { schedule: { id: 1, nextAt: 0 }, duplicate: false } },
  schedules: {
    input: {},
    answer: {
      schedules: many(100, (id) => ({
        id,
        cron: '@daily',
        timeZone: 'UTC',
        to: 'a',
        owner: 'b',
        action: 'wake',
        paused: false,
        nextAt: 0,
        body: TEXT,
        trouble: TEXT,
      })),
    },
  },
  note: { input: { text: 'x' }, answer: { note: TEXT.slice(0, 160) } },
  quiet: { input: { minutes: 5 }, answer: { until: 0 } },
  download: {
    input: { message: 1, name: 'a.txt' },
    answer: { name: 'a.txt', hash: createHash('sha256').update(file).digest('hex'), data: file.toString('base64') },
  },
  status: { input: {}, answer: { name: 'scout', role: 'x', parent: null, children: NAMES } },
  repos: { input: {}, answer: { repos: many(2_000, repo) } },
  repo: {
    input: { owner: 'scout', name: 'tool' },
    answer: { repo: repo(1), branches: many(30, branch), branch: 'main', commits: many(10, branch) },
  },
  ...LARGE_PULLS,
  create_repo: { input: { name: 'tool' }, answer: { repo: repo(1) } },
  agents: {
    input: {},
    answer: {
      agents: NAMES.map((name) => ({ name, role: TEXT.slice(0, 99), parent: null, state: 'idle', waiting: 1 })),
    },
  },
};

function partsOf(answer: unknown) {
  const call = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer));
  const hive = { call, close: () => undefined } as unknown as HiveClient;
  const forge = { call } as unknown as ForgeClient;
  return { hive, forge, newKey: () => 'k', now: () => 1, mail: createTurnMail(), stateDir };
}

test('every tool is tried', () => {
  expect(Object.keys(LARGE).sort()).toEqual(
    listTools({ isMember: true })
      .map(({ name }) => name)
      .sort(),
  );
});

// The CLI stores results of more than 50,000 characters in a file and shows the model the first 2,000.
test.each(Object.keys(LARGE))(
  'the largest answer of %s stays below the CLI’s limit; a truncated one is saved as a file',
  async (name) => {
    const { input, answer } = LARGE[name] ?? { input: {}, answer: {} };
    const { text, isError } = await callTool(name, input, partsOf(answer));
    expect(isError, text.slice(0, 500)).toBe(false);
    expect(text.length).toBeLessThanOrEqual(MAX_ANSWER_CHARS);
    const path = /The whole answer is in (\S+);/.exec(text)?.[1];
    if (path !== undefined) expect((await readFile(path, 'utf8')).length).toBeGreaterThan(MAX_ANSWER_CHARS);
  },
);

test.each(Object.keys(LARGE))('so does an error of %s', async (name) => {
  const error = new HiveError('not_found', TEXT);
  const { text, isError } = await callTool(name, LARGE[name]?.input ?? {}, partsOf(error));
  expect([isError, text.length <= MAX_ANSWER_CHARS]).toEqual([true, true]);
});
