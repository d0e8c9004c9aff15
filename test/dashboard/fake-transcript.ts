import { HiveError } from '../../protocol/errors.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { EventData, EventKind, HiveEvent } from '../../protocol/schemas/event.ts';
import { fakeUsage } from './fake-fleet.ts';

/** The events of fake-hive's log by which the page searches transcripts and finds places in them. */
export function handleTranscript(events: () => readonly HiveEvent[]) {
  return {
    searchTranscript: ({ name, query, before = Infinity, limit = 50 }: SearchInput) => {
      const hits = events()
        .filter(
          (one) => one.agent === name && one.seq < before && textOf(one).toLowerCase().includes(query.toLowerCase()),
        )
        .slice(-limit)
        .reverse()
        .map(({ seq, at, kind, data }) => ({
          seq,
          at,
          kind,
          turn: typeof data['turn'] === 'number' ? data['turn'] : null,
          excerpt: query,
        }));
      return { hits, downTo: hits.length < limit ? 0 : (hits.at(-1)?.seq ?? 0) };
    },
    findInTranscript: ({
      name,
      turn,
      message,
    }: {
      name: AgentName;
      turn?: number | undefined;
      message?: number | undefined;
    }) => {
      const found = events().find(
        ({ agent, kind, data }) =>
          agent === name &&
          kind === 'turn.started' &&
          (turn === undefined ? (data['messages'] as number[]).includes(message ?? 0) : data['turn'] === turn),
      );
      if (found === undefined) throw new HiveError('not_found', `The log does not have turn ${turn} of ${name}.`);
      return { seq: found.seq, turn: found.data['turn'] as number };
    },
  };
}

interface SearchInput {
  name: AgentName;
  query: string;
  before?: number | undefined;
  limit?: number;
}

function textOf({ data }: HiveEvent): string {
  return ['text', 'input', 'path', 'diff']
    .map((field) => (typeof data[field] === 'string' ? data[field] : ''))
    .join('\n');
}

const DIFF = `@@ -12,7 +12,9 @@
 export function readHeader(lines: readonly string[]): string[] {
-  const [first] = lines;
-  return first.split(',').map((name) => name.trim());
+  const [first] = lines;
+  if (first === undefined) return [];
+  return first.split(',').map((name) => name.trim().toLowerCase());
 }

 /** The rest of the file. */
`;

/**
 * A transcript of an agent: `turns` turns of eleven events each, as an agent at work writes them. Turns and messages are
 * numbered from `from`.
 */
export function longTranscript(
  agent: string,
  turns: number,
  log: { seq: number; now: number; from?: number },
): HiveEvent[] {
  const { from = 1 } = log;
  const list: HiveEvent[] = [];
  for (let turn = from; turn < from + turns; turn += 1) {
    let at = log.now - (from + turns - turn) * 120_000;
    const add = <K extends EventKind>(kind: K, data: EventData<K>) => {
      at += 4_000;
      list.push({ seq: log.seq + list.length + 1, at, kind, agent: agent as AgentName, data });
    };
    const call = (id: string, tool: string, input: object) =>
      add('turn.tool_call', { turn, id, tool, input: JSON.stringify(input), truncated: false });
    add('turn.started', { turn, messages: [turn], redelivered: [] });
    add('turn.thinking', { turn, text: `What does step ${turn} need? The header comes first.`, truncated: false });
    add('turn.text', { turn, text: `Step ${turn}: I read the parser and its tests.`, truncated: false });
    call('a', 'Read', { file_path: `/agents/${agent}/state/src/part-${turn}.ts` });
    const read = Array.from({ length: 30 }, (_, n) => `${n + 1}\tconst part${n} = ${turn + n};`).join('\n');
    add('turn.tool_result', { turn, id: 'a', ok: true, text: read, truncated: false });
    call('b', 'Edit', { file_path: `/agents/${agent}/state/src/read-header.ts` });
    const path = `/agents/${agent}/state/src/read-header.ts`;
    const change = { path, change: 'changed' as const, movedTo: null, added: 3, removed: 2, diff: DIFF };
    add('turn.file_change', { turn, id: 'b', ...change, truncated: false });
    add('turn.tool_result', { turn, id: 'b', ok: true, text: 'The file has been updated.', truncated: false });
    add('turn.todos', {
      turn,
      id: null,
      items: [
        { text: 'Read the parser', state: 'done' },
        { text: `Mend step ${turn}`, state: 'in_progress' },
        { text: 'Tell the manager', state: 'pending' },
      ],
      truncated: false,
    });
    add('turn.text', {
      turn,
      text:
        turn % 3 === 0
          ? `Done with step ${turn}. The parser answers an empty file with an empty header now.\n\nNext is the importer: it reads the header twice.`
          : `Done with step ${turn}.`,
      truncated: false,
    });
    add('turn.finished', {
      turn,
      outcome: 'done',
      reason: null,
      text: '',
      durationMs: 40_000,
      toolCalls: 2,
      usage: fakeUsage(900, 120, 0.01),
      counted: 'gateway',
      messages: [turn],
    });
  }
  return list;
}
