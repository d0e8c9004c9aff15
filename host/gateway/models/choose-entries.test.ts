import { describe, expect, test } from 'vitest';
import type { ProviderName } from '../../../protocol/providers.ts';
import { classOf } from '../protocols/anthropic/limits.ts';
import { chooseEntries, mayRequest } from './choose-entries.ts';

const entry = (model: string) => ({ provider: 'anthropic' as ProviderName, model });

describe('a model', () => {
  const may = (model: string | null, allowed: string[] | null) => mayRequest(model, { allowed, classOf });

  test.each([
    ['its own name', 'claude-sonnet-5', ['claude-sonnet-5']],
    ['its family', 'claude-sonnet-5', ['sonnet']],
    ['a later version', 'claude-opus-4-8', ['claude-opus-4-0']],
    ['a window that is not sent', 'claude-sonnet-5', ['claude-sonnet-5[1m]']],
    ['a name without a family', 'some-chat', ['some-chat']],
  ])('may be requested by %s', (_, model, allowed) => {
    expect(may(model, allowed)).toBe(true);
  });

  test('may not be requested otherwise, except where any may', () => {
    expect(may('claude-opus-5', ['sonnet', 'haiku'])).toBe(false);
    expect(may('some-reasoner', ['some-chat'])).toBe(false);
    expect(may('claude-opus-5', [])).toBe(false);
    expect(may('claude-opus-5', null)).toBe(true);
    expect(may(null, ['sonnet'])).toBe(false);
    expect(may(null, null)).toBe(true);
  });
});

describe('the entries for a request', () => {
  const list = [entry('claude-sonnet-5'), entry('some-chat'), entry('claude-opus-5')];
  const choose = (model: string | null) => chooseEntries(model, { entries: list, classOf }).map((one) => one.model);

  test('begin with the one that it names, by its name before its family', () => {
    expect(choose('claude-sonnet-5')).toEqual(['claude-sonnet-5', 'some-chat', 'claude-opus-5']);
    expect(choose('claude-sonnet-4-6')).toEqual(['claude-sonnet-5', 'some-chat', 'claude-opus-5']);
    expect(choose('some-chat')).toEqual(['some-chat', 'claude-opus-5']);
    expect(choose('claude-opus-5')).toEqual(['claude-opus-5']);
    expect(choose(null)).toEqual(list.map(({ model }) => model));
  });

  test('are all of them for a small job, whose model is kept where such models are served', () => {
    expect(choose('claude-haiku-4-5')).toEqual([null, 'some-chat', null]);
  });
});
