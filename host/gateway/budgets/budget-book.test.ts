import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import { createBudgetBook } from './budget-book.ts';
import { type BudgetFacts, decideBudget, exceeds } from './decide-budget.ts';

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

test('whatever happens in whatever order, a call is judged by sums as if they were made anew', async () => {
  const some = fc.record({
    what: fc.constantFrom('begin', 'use', 'end', 'drop', 'line'),
    which: fc.nat(5),
    tokens: fc.nat(60),
  });
  const property = fc.asyncProperty(fc.array(some, { maxLength: 60 }), async (steps) => {
    const own = { id: 1, agents: [scout], unit: 'tokens' as const, amount: 100, words: 'Used up.' };
    const shared = { ...own, id: 2, agents: [scout, coder], amount: 150 };
    let line: Line = { type: 'budgets', instance, upTo: 0, budgets: [] };
    const book = createBudgetBook({ instance, holdMs: 0 });
    const calls = new Map<string, { windows: string[]; reserved: number; used: number; report: number | null }>();
    const keyOf = (budget: { id: number; window: number }) => `${budget.id} ${budget.window}`;
    const stateOf = (budget: Line['budgets'][number]): BudgetFacts => {
      const its = [...calls.values()].filter(({ windows }) => windows.includes(keyOf(budget)));
      const sum = (of: typeof its, value: (call: (typeof its)[number]) => number) =>
        of.reduce((total, call) => total + value(call), 0);
      const running = its.filter(({ report }) => report === null);
      return {
        ...budget,
        settled: budget.spent + sum(its, ({ used, report }) => (report === null ? 0 : used)),
        running: sum(running, ({ used }) => used),
        reserved: sum(running, ({ used, reserved }) => Math.max(used, reserved)),
      };
    };
    let reports = 0;
    for (const [n, { what, which, tokens }] of steps.entries()) {
      const agent = which % 2 === 0 ? scout : coder;
      const [id, call] = [...calls][which % Math.max(calls.size, 1)] ?? ['none', undefined];
      if (what === 'line') {
        const upTo = Math.max(0, reports - which);
        const window = tokens > 50 ? n : (line.budgets[0]?.window ?? 0);
        line = { ...line, upTo, budgets: [own, shared].map((budget) => ({ ...budget, window, spent: tokens })) };
        book.replace(line);
        for (const [one, { report }] of calls) if (report !== null && report <= upTo) calls.delete(one);
      } else if (what === 'begin') {
        const states = line.budgets.filter(({ agents }) => agents.includes(agent)).map(stateOf);
        const input = { usd: 0, tokens: 1, requests: 1 };
        const expected = decideBudget(states, input).do;
        const whole = { ...input, tokens };
        const { do: decision } = await book.admit({ id: `${n}`, agent, free: false, input, whole }, never);
        expect(decision).toBe(expected === 'wait' ? 'busy' : expected);
        if (decision === 'allow')
          calls.set(`${n}`, { windows: states.map(keyOf), reserved: tokens, used: 0, report: null });
      } else if (call?.report === null && what === 'use') {
        call.used += tokens;
        book.watch(id, () => ({ usd: 0, tokens: call.used, requests: 1 }));
        const broken = line.budgets.filter((budget) => call.windows.includes(keyOf(budget))).map(stateOf);
        expect(book.broken(id)).toEqual(broken.find(exceeds) ?? null);
      } else if (call?.report === null && what === 'end') {
        call.used = tokens;
        call.report = reports += 1;
        book.end(id, { usd: 0, tokens, requests: 1 }, call.report);
      } else if (call?.report === null && what === 'drop') {
        calls.delete(id);
        book.end(id, { usd: 0, tokens: 0, requests: 0 }, null);
      }
    }
  });
  await fc.assert(property, { numRuns: 300 });
});
