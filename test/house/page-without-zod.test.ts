import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { readSources } from './sources.ts';

/** The schemas of the declarations are a third of the page's size: its build derives the needed data from them. */
test('the page loads no zod: it imports only data, types and texts of protocol/', () => {
  const sources = new Map(readSources().map((file) => [file.path, file.text]));
  const open = ['host/dashboard/web/main.tsx'];
  const seen = new Set(open);
  const wrong: string[] = [];
  for (let path = open.pop(); path !== undefined; path = open.pop())
    for (const name of valueImportsOf(sources.get(path) ?? '')) {
      if (name === 'zod') wrong.push(path);
      const target = normalize(join(dirname(path), name));
      if (!name.startsWith('.') || !sources.has(target) || seen.has(target)) continue;
      seen.add(target);
      open.push(target);
    }
  expect(seen.has('protocol/event-words.ts')).toBe(true);
  expect(wrong).toEqual([]);
});

/** Imports that exist at run time. */
function valueImportsOf(text: string): string[] {
  const found = text.matchAll(/(?:^|\n)(?:import|export)\s(?!type\s)([^'";]*?)(?:\sfrom\s)?\s*['"]([^'"]+)['"]/g);
  return [...found]
    .filter(([, names = '']) => !/^\{(?:\s*type\s[^,}]+,?)+\s*\}$/.test(names.trim()))
    .map(([, , name = '']) => name);
}
