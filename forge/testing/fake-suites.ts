import type { SuiteResult, Suites, SuiteWish } from '../queue/suites.ts';

/** Checks that a test ends as it likes. They outlive a forge, as the real ones do. */
export interface FakeSuites extends Suites {
  /** What runs now, in the order in which it was asked for. */
  running(): readonly (SuiteWish & { readonly id: number })[];
  end(suite: number, state: 'passed' | 'failed', more?: { readonly isFlaky?: boolean; readonly lines?: string }): void;
  /** Every suite that was asked for, once. */
  readonly asked: readonly SuiteWish[];
}

export function createFakeSuites(): FakeSuites {
  const suites: (SuiteWish & { id: number; result: SuiteResult; lines: string })[] = [];
  const listeners: (() => void)[] = [];
  const running: SuiteResult = { state: 'running', failed: [], isFlaky: false };
  const find = (id: number) => suites.find((suite) => suite.id === id);
  return {
    asked: suites,
    request(wish) {
      const known = suites.find(({ target, commit }) => target === wish.target && commit === wish.commit);
      if (known !== undefined) return known.id;
      const id = suites.length + 1;
      suites.push({ ...wish, id, result: running, lines: '' });
      return id;
    },
    result: (_db, id) => find(id)?.result ?? { ...running, state: 'gone' },
    retry: (id) => void Object.assign(find(id) ?? {}, { result: running }),
    cancel(id) {
      const suite = find(id);
      if (suite?.result.state === 'running') suite.result = { ...running, state: 'failed' };
    },
    firstLines: (id) => find(id)?.lines ?? '',
    onEnded: (listener) => void listeners.push(listener),
    running: () => suites.filter(({ result }) => result.state === 'running'),
    end(id, state, { isFlaky = false, lines = '' } = {}) {
      Object.assign(find(id) ?? {}, { lines, result: { state, failed: state === 'failed' ? ['test'] : [], isFlaky } });
      for (const listener of listeners) listener();
    },
  };
}
