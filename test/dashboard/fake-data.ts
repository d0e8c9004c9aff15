import type { AgentName, RepoName } from '../../protocol/names.ts';
import type { AgentView } from '../../protocol/schemas/agent.ts';
import type { EventData, EventKind, HiveEvent } from '../../protocol/schemas/event.ts';
import type { MessageView } from '../../protocol/schemas/message.ts';
import type { RepoView } from '../../protocol/schemas/service.ts';
import { fakeLetters, type FakeMail, fakeMail } from './fake-letters.ts';
import { fakeReceipt, handled } from './fake-receipts.ts';

/** A plausible hive in the middle of its day, for the page's tests and pictures. `now` is the moment it shows. */
export interface FakeData extends FakeMail {
  agents: AgentView[];
  messages: MessageView[];
  events: HiveEvent[];
  repos: RepoView[];
}

const MINUTE = 60_000;
export const NASTY = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

const usage = (inputTokens: number, outputTokens: number, costUsd: number | null) => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: inputTokens * 6,
  cacheWriteTokens: Math.round(inputTokens / 3),
  costUsd: costUsd ?? 0,
  unpricedCalls: costUsd === null ? 1 : 0,
});

export function fakeAgent(name: string, given: Partial<AgentView> & { role?: string; model?: string }): AgentView {
  const { role = 'helper', model = 'claude-sonnet-4-5', ...rest } = given;
  return {
    name: name as AgentName,
    parent: 'manager' as AgentName,
    spec: {
      role,
      driver: 'claude',
      model,
      image: 'hyperhive/base:bookworm',
      tools: ['Read', 'Edit', 'Bash'],
      prompt: '',
      limits: { memoryMb: 2048, cpus: 1, pids: 512, tmpMb: 256, diskMb: 0, diskFiles: 0 },
      turnTimeoutMs: 1_800_000,
    },
    desired: 'running',
    state: 'idle',
    reason: null,
    until: null,
    activity: null,
    turn: null,
    generation: 1,
    outdated: false,
    boxId: '3f9c2b7e41aa',
    sessionId: '0f8c1d7a-6a5f-4c0e-9d0a-2f1f3f1f7a11',
    provider: 'demo',
    queued: 0,
    leased: 0,
    dead: 0,
    quietUntil: null,
    turns: 12,
    usage: usage(18_240, 4_120, 0.42),
    createdAt: Date.now() - 3_000 * MINUTE,
    helloAt: Date.now() - 200 * MINUTE,
    disk: null,
    ...rest,
  };
}

function fakeAgents(now: number): AgentView[] {
  return [
    fakeAgent('manager', {
      parent: null,
      role: 'plans and delegates',
      state: 'working',
      activity: 'send: {"to":"coder","body":"The parser test fails on empty input, please look"}',
      turn: 41,
      leased: 1,
      turns: 41,
      usage: usage(182_400, 31_020, 3.18),
      generation: 3,
    }),
    fakeAgent('coder', {
      role: 'writes the code',
      state: 'working',
      activity: 'Bash: npx vitest run src/parser',
      turn: 40,
      leased: 2,
      queued: 1,
      turns: 96,
      usage: usage(912_000, 120_400, 14.02),
      generation: 2,
      outdated: true,
    }),
    fakeAgent('reviewer', {
      role: 'reviews pull requests',
      state: 'rate_limited',
      reason: 'The provider allows the next request later (five-hour limit).',
      until: now + 7.4 * MINUTE,
      queued: 3,
      turns: 33,
      usage: usage(240_100, 18_900, 2.2),
    }),
    fakeAgent('scout', { role: 'reads and searches', turns: 18, usage: usage(64_200, 9_800, 0.61) }),
    fakeAgent('lint-bot', {
      parent: 'coder' as AgentName,
      role: 'keeps the house clean',
      model: 'local-model-7b',
      turns: 7,
      usage: usage(9_100, 800, null),
    }),
    fakeAgent('translator', {
      role: 'German and French docs',
      state: 'needs_login',
      reason: 'The provider refused the key: 401 authentication_error.',
      dead: 2,
      turns: 4,
      usage: usage(3_100, 420, 0.05),
    }),
    fakeAgent('archivist', {
      role: 'files what is done',
      state: 'stopped',
      desired: 'stopped',
      boxId: null,
      turns: 2,
      usage: usage(1_200, 240, 0.01),
    }),
  ];
}

function fakeMessages(now: number): MessageView[] {
  const at = (minutes: number) => now - minutes * MINUTE;
  const base = { kind: 'note' as const, inReplyTo: null, priority: null, turn: null, data: {} };
  return [
    {
      ...base,
      id: 101,
      thread: 101,
      from: 'operator',
      to: 'manager' as AgentName,
      body: 'Please get the importer ready for release 0.4.\n\nThe open points are in /shared/plan.md. Tell me when the parser survives empty input.',
      at: at(52),
      receipts: [handled('manager', at(52), 38)],
    },
    {
      ...base,
      id: 102,
      thread: 101,
      inReplyTo: 101,
      from: 'manager' as AgentName,
      to: 'coder' as AgentName,
      body: 'The parser test fails on empty input. Look at src/parser/read-header.ts first; it takes the first line for granted.',
      at: at(51),
      receipts: [handled('coder', at(51), 39)],
    },
    {
      ...base,
      id: 103,
      thread: 101,
      inReplyTo: 102,
      from: 'coder' as AgentName,
      to: 'manager' as AgentName,
      body: 'Found it: readHeader() reads lines[0] before it knows that there is one. Fix is on branch empty-input, 14 tests added.',
      at: at(33),
      receipts: [handled('manager', at(33), 40)],
    },
    {
      ...base,
      id: 104,
      thread: 101,
      inReplyTo: 101,
      from: 'manager' as AgentName,
      to: 'operator',
      body: 'The parser survives empty input now. The branch "empty-input" waits for the reviewer, who is parked by the rate limit for a few minutes. Shall I merge without a review?',
      at: at(6),
      receipts: [fakeReceipt('operator', at(6))],
    },
    {
      ...base,
      id: 105,
      thread: 105,
      from: 'manager' as AgentName,
      to: '*',
      body: 'Release 0.4 is planned for today. Finish what you have open and tell me what will not make it.',
      at: at(20),
      receipts: [
        handled('coder', at(20), 39),
        handled('scout', at(20), 35),
        fakeReceipt('reviewer', at(20)),
        handled('lint-bot', at(20), 36),
        fakeReceipt('translator', at(20), {
          state: 'dead',
          attempts: 3,
          turn: 37,
          leasedAt: at(15),
          endedAt: at(14),
          note: 'three turns ended without the provider taking the key',
        }),
      ],
    },
    {
      ...base,
      id: 106,
      thread: 106,
      from: 'system',
      to: 'coder' as AgentName,
      kind: 'system',
      body: 'You were rebuilt: generation 2. Your files, mailbox and session are as they were.',
      at: at(15),
      receipts: [handled('coder', at(15), 40)],
    },
    {
      ...base,
      id: 107,
      thread: 107,
      from: 'scout' as AgentName,
      to: 'operator',
      body: `The page at docs/old.html holds this, be careful: ${NASTY} \u001b[31mred\u001b[0m and [a link](javascript:alert(1))`,
      at: at(3),
      receipts: [fakeReceipt('operator', at(3))],
    },
    {
      ...base,
      id: 108,
      thread: 108,
      from: 'operator',
      to: 'coder' as AgentName,
      body: 'When you are done: bump the version in package.json.',
      at: at(1),
      receipts: [fakeReceipt('coder', at(1), { state: 'leased', attempts: 1, turn: 40, leasedAt: at(0.9) })],
    },
  ];
}

function fakeEvents(now: number): HiveEvent[] {
  let seq = 400;
  const list: HiveEvent[] = [];
  const add = <K extends EventKind>(...[agent, kind, minutesAgo, data]: [string | null, K, number, EventData<K>]) =>
    list.push({ seq: ++seq, at: now - minutesAgo * MINUTE, kind, agent: agent as AgentName | null, data });
  const zero = usage(0, 0, 0);

  for (let turn = 1; turn <= 30; turn++) {
    add('coder', 'turn.started', 400 - turn, { turn, messages: [turn], redelivered: [] });
    add('coder', 'turn.text', 400 - turn, { turn, text: `Older work, step ${turn}.`, truncated: false });
    for (const step of [1, 2, 3]) {
      add('coder', 'turn.tool_call', 400 - turn, {
        turn,
        id: `o${turn}-${step}`,
        tool: 'Read',
        input: `{"file_path":"/agents/coder/state/src/part-${step}.ts"}`,
        truncated: false,
      });
      add('coder', 'turn.tool_result', 400 - turn, {
        turn,
        id: `o${turn}-${step}`,
        ok: true,
        text: 'export const part = 1;',
        truncated: false,
      });
    }
    add('coder', 'turn.finished', 400 - turn, {
      turn,
      outcome: 'done',
      reason: null,
      text: '',
      durationMs: 20_000,
      toolCalls: 3,
      usage: usage(900, 120, 0.01),
      counted: 'gateway',
      messages: [turn],
    });
  }
  add('coder', 'turn.started', 51, { turn: 39, messages: [102], redelivered: [] });
  add('coder', 'delivery.in_context', 51, { turn: 39, messages: [102] });
  add('coder', 'turn.thinking', 50.9, {
    turn: 39,
    text: 'The header is the first line. If the file is empty there is none, so lines[0] is undefined and .split fails. Read the file first, then the tests.',
    truncated: false,
  });
  add('coder', 'turn.text', 50.8, {
    turn: 39,
    text: 'I will look at the parser and at what its tests say about empty input.',
    truncated: false,
  });
  add('coder', 'turn.tool_call', 50.7, {
    turn: 39,
    id: 't1',
    tool: 'Read',
    input: '{"file_path":"/agents/coder/state/importer/src/parser/read-header.ts"}',
    truncated: false,
  });
  add('coder', 'turn.tool_result', 50.6, {
    turn: 39,
    id: 't1',
    ok: true,
    text: Array.from(
      { length: 60 },
      (_, i) => `${String(i + 1).padStart(3)}  const line${i} = lines[${i}]?.trim() ?? '';`,
    ).join('\n'),
    truncated: false,
  });
  add('coder', 'turn.tool_call', 50.1, {
    turn: 39,
    id: 't2',
    tool: 'Bash',
    input: '{"command":"npx vitest run src/parser","description":"Run the parser tests"}',
    truncated: false,
  });
  add('coder', 'turn.tool_result', 49.2, {
    turn: 39,
    id: 't2',
    ok: false,
    text: `\u001b[31mFAIL\u001b[0m src/parser/read-header.test.ts\nTypeError: Cannot read properties of undefined (reading 'split')\n${NASTY}`,
    truncated: true,
  });
  add('coder', 'turn.tool_call', 48, {
    turn: 39,
    id: 't3',
    tool: 'mcp__hive__send',
    input:
      '{"to":"manager","body":"Found it: readHeader() reads lines[0] before it knows that there is one.","in_reply_to":102}',
    truncated: false,
  });
  add('coder', 'turn.tool_result', 47.9, {
    turn: 39,
    id: 't3',
    ok: true,
    text: '{"id":103,"thread":101}',
    truncated: false,
  });
  add('coder', 'turn.text', 34, {
    turn: 39,
    text: 'The parser now answers an empty file with an empty header. 14 tests were added, all pass.',
    truncated: false,
  });
  add('coder', 'turn.finished', 33, {
    turn: 39,
    outcome: 'done',
    reason: null,
    text: '',
    durationMs: 17.4 * MINUTE,
    toolCalls: 3,
    usage: usage(41_200, 5_120, 0.64),
    counted: 'gateway',
    messages: [102],
  });
  add('coder', 'agent.rebuilding', 15.4, { generation: 2, by: 'operator' });
  add('coder', 'box.started', 15.2, { generation: 2, boxId: '3f9c2b7e41aa', ms: 340 });
  add('coder', 'harness.hello', 15.1, { generation: 2, boot: 'b', released: 1 });
  add('coder', 'agent.rebuilt', 15.1, { generation: 2 });
  add('coder', 'turn.started', 2, { turn: 40, messages: [106, 108], redelivered: [106] });
  add('coder', 'turn.retry', 1.8, { turn: 40, attempt: 1, delayMs: 2_000, status: 529, error: 'overloaded_error' });
  add('coder', 'turn.text', 1.5, {
    turn: 40,
    text: `I was rebuilt, and I am to bump the version. ${NASTY}`,
    truncated: false,
  });
  add('coder', 'turn.tool_call', 0.2, {
    turn: 40,
    id: 't4',
    tool: 'Bash',
    input: '{"command":"npx vitest run src/parser"}',
    truncated: false,
  });
  add('translator', 'turn.started', 15, { turn: 37, messages: [105], redelivered: [105] });
  add('translator', 'turn.finished', 14, {
    turn: 37,
    outcome: 'needs_login',
    reason: 'The provider refused the key: 401 authentication_error.',
    text: '',
    durationMs: 900,
    toolCalls: 0,
    usage: zero,
    counted: 'cli',
    messages: [105],
  });
  return list;
}

function fakeRepos(now: number): RepoView[] {
  const repo = (owner: string, name: string, rest: Partial<RepoView>): RepoView => ({
    owner: owner as RepoView['owner'],
    name: name as RepoName,
    description: '',
    defaultBranch: 'main',
    branches: 1,
    head: null,
    sizeBytes: 0,
    createdAt: now - 9_000 * MINUTE,
    pushedAt: null,
    access: 'admin',
    ...rest,
  });
  const head = (summary: string, author: string, minutes: number) => ({
    oid: '9f2c1e7ab34d5c6e7f8091a2b3c4d5e6f7a8b9c0',
    summary,
    author,
    at: now - minutes * MINUTE,
  });
  return [
    repo('coder', 'importer', {
      description: 'Reads what customers send, in any of eleven formats',
      branches: 4,
      head: head('Answer an empty file with an empty header', 'coder', 34),
      sizeBytes: 4_812_000,
      pushedAt: now - 34 * MINUTE,
    }),
    repo('scout', 'notes', {
      description: 'What was found where',
      head: head('Note the limits of the vendor API', 'scout', 210),
      sizeBytes: 92_000,
      pushedAt: now - 210 * MINUTE,
    }),
    repo('shared', 'docs', {
      description: 'The house rules; pushed to by the manager',
      branches: 2,
      head: head('Say who reviews what', 'manager', 2_900),
      sizeBytes: 310_000,
      pushedAt: now - 2_900 * MINUTE,
    }),
    repo('manager', 'plans', {}),
  ];
}

export function fakeData(now: number): FakeData {
  return {
    agents: fakeAgents(now),
    messages: [...fakeMessages(now), ...fakeLetters(now)],
    events: fakeEvents(now),
    repos: fakeRepos(now),
    ...fakeMail(now),
  };
}
