import type { EventKind } from '../../../../protocol/schemas/event.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

/** The fields of an event's data that its transcript shows as text. */
const FIELDS: { readonly [K in EventKind]?: readonly string[] } = {
  'turn.text': ['text'],
  'turn.thinking': ['text'],
  'turn.plan': ['text'],
  'turn.error': ['text'],
  'turn.warning': ['text'],
  'turn.tool_call': ['tool', 'input'],
  'turn.tool_result': ['text'],
  'turn.file_change': ['path', 'movedTo', 'diff'],
  'turn.todos': ['items'],
  'turn.subagent': ['name', 'about'],
  'turn.image': ['path'],
  'turn.retry': ['error'],
  'turn.finished': ['text', 'reason'],
  'conversation.dropped': ['reason'],
};

/** The texts of an event that can be searched. The input of a tool is JSON: its words are searched, and it as a whole. */
export function textsOf(kind: EventKind, data: Readonly<Record<string, unknown>>): string[] {
  return (FIELDS[kind] ?? []).flatMap((field) => {
    const value = data[field];
    return field === 'input' && typeof value === 'string' ? [...wordsOf(parseJson(value)), value] : wordsOf(value);
  });
}

/** The texts anywhere in a value, which may be nested more deeply than calls can be. */
function wordsOf(value: unknown): string[] {
  const words: string[] = [];
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string') words.push(next);
    else if (typeof next === 'object' && next !== null)
      for (const inner of Object.values(next).reverse()) left.push(inner);
  }
  return words;
}
