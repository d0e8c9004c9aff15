import type { AgentName } from '../../protocol/names.ts';
import type { EventData, EventKind, HiveEvent } from '../../protocol/schemas/event.ts';
import { fakeUsage } from './fake-fleet.ts';
import { NASTY } from './fake-messages.ts';

const MINUTE = 60_000;

/** The event log: many turns of coder, one of translator. */
export function fakeEvents(now: number): HiveEvent[] {
  let seq = 400;
  const list: HiveEvent[] = [];
  const add = <K extends EventKind>(...[agent, kind, minutesAgo, data]: [string | null, K, number, EventData<K>]) =>
    list.push({ seq: ++seq, at: now - minutesAgo * MINUTE, kind, agent: agent as AgentName | null, data });
  const zero = fakeUsage(0, 0, 0);

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
      usage: fakeUsage(900, 120, 0.01),
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
    usage: fakeUsage(41_200, 5_120, 0.64),
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
