import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import { createBudgetBook } from './budget-book.ts';

type Line = Extract<GatewayControl, { type: 'budgets' }>;
const [scout, coder] = ['scout', 'coder'] as AgentName[] as [AgentName, AgentName];
const instance = randomUUID();
const never = new AbortController().signal;

function lineOf(spent: number, more: Partial<Line> & { window?: number } = {}): Line {
  const { window = 0, ...rest } = more;
  const one = { id: 1, window, agents: [scout, coder], unit: 'usd' as const, amount: 1, spent, words: 'Used up.' };
  return { type: 'budgets', instance, upTo: 0, budgets: [one], ...rest };
}
const usd = (amount: number) => ({ usd: amount, tokens: 0, requests: 1 });
const openBook = (line: Line, holdMs = 60_000) => {
  const book = createBudgetBook({ instance, holdMs });
  book.replace(line);
  const admit = (id: string, whole: number, agent = scout) =>
    book.admit({ id, agent, free: false, input: usd(0.01), whole: usd(whole) }, never).then((ruling) => ruling.do);
  return { book, admit };
};

test('twenty agents at once: reservations exceed the budget by at most one, and the next begins when one is given back', async () => {
  const { book, admit } = openBook(lineOf(0));
  expect(await admit('a', 0.6)).toBe('allow');
  expect(await admit('b', 0.6, coder)).toBe('allow');
  let third: string | null = null;
  const waiting = admit('c', 0.6).then((ruling) => (third = ruling));
  await new Promise(setImmediate);
  expect(third).toBeNull();
  book.end('a', usd(0.05), 1);
  await waiting;
  expect(third).toBe('allow');
});

test('what is used counts until hived has counted it, and never twice', async () => {
  const { book, admit } = openBook(lineOf(0));
  expect(await admit('a', 0.6)).toBe('allow');
  book.end('a', usd(0.7), 1);
  // Of another gateway: its numbers say nothing about this one's calls.
  book.replace(lineOf(0.2, { instance: randomUUID(), upTo: 9 }));
  expect(await admit('b', 0.01)).toBe('allow');
  book.end('b', usd(0.11), 2);
  expect(await admit('c', 0.01)).toBe('refuse');
  book.replace(lineOf(0.9, { upTo: 1 }));
  expect(await admit('c', 0.01)).toBe('refuse');
  book.replace(lineOf(0.9, { upTo: 2 }));
  expect(await admit('c', 0.01)).toBe('allow');
});

test('a new window begins with nothing used; calls of the old one do not count in it', async () => {
  const { book, admit } = openBook(lineOf(0.5));
  expect(await admit('a', 0.6)).toBe('allow');
  book.watch('a', () => usd(0.7));
  expect(book.broken('a')).toMatchObject({ id: 1, settled: 0.5, running: 0.7 });
  book.replace(lineOf(0, { window: 1 }));
  expect(book.broken('a')).toBeNull();
  expect(await admit('b', 0.1)).toBe('allow');
});

test('a call that waits is refused when the others have used what they reserved, and busy when they take too long', async () => {
  const { book, admit } = openBook(lineOf(0));
  expect(await admit('a', 2)).toBe('allow');
  const waiting = admit('b', 0.1);
  book.end('a', usd(1.2), 1);
  expect(await waiting).toBe('refuse');
  const short = openBook(lineOf(0), 1);
  expect(await short.admit('a', 2)).toBe('allow');
  expect(await short.admit('b', 0.1)).toBe('busy');
});

test('a raised or lifted budget lets a waiting call begin; a refused call reserves nothing', async () => {
  const { book, admit } = openBook(lineOf(0));
  expect(await admit('a', 2)).toBe('allow');
  const waiting = admit('b', 0.1);
  book.replace(lineOf(0, { budgets: [] }));
  expect(await waiting).toBe('allow');
  book.replace(lineOf(2));
  expect(await admit('c', 5)).toBe('refuse');
  book.replace(lineOf(0.9));
  book.end('a', usd(0), null);
  book.end('b', usd(0), null);
  expect(await admit('d', 0.1)).toBe('allow');
});
