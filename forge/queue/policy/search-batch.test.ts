import { expect, test } from 'vitest';
import type { QueueRun } from './queue-view.ts';
import { batchSize, mostSearchRuns, searchBatch } from './search-batch.ts';

/** Searches in a failed batch whose entry at `broken` (from 1; null: nobody's) fails each run that has it. */
function search(size: number, broken: number | null): { found: number | null; runs: number } {
  let run: Pick<QueueRun, 'purpose' | 'size' | 'tries'> = { purpose: 'batch', size, tries: 1 };
  let cleared = 0;
  let position = size;
  for (let runs = 0; ;) {
    const step = searchBatch(run, position);
    if (step.kind === 'found') return { found: cleared + position, runs };
    runs += 1;
    const tested = step.kind === 'retest' ? position : step.position;
    const passes = broken === null || broken > cleared + tested;
    if (step.kind === 'retest' && passes) return { found: null, runs };
    if (step.kind === 'retest') run = { ...run, tries: 2 };
    else if (!passes) run = { purpose: 'search', size: tested, tries: 1 };
    if (passes) cleared += tested;
    position = passes ? position - tested : tested;
  }
}

const sizes = Array.from({ length: 70 }, (_, at) => batchSize(at + 1, 100));

test('the search finds the one that broke a batch in at most ⌈log2 n⌉ runs', () => {
  for (const size of sizes)
    for (let broken = 1; broken <= size; broken += 1) {
      const { found, runs } = search(size, broken);
      expect(found).toBe(broken);
      expect(runs).toBeLessThanOrEqual(mostSearchRuns(size));
    }
});

test('the search in a batch that failed by chance puts out nobody, in as many runs', () => {
  for (const size of sizes.filter((size) => size > 1)) {
    const { found, runs } = search(size, null);
    expect(found).toBeNull();
    expect(runs).toBeLessThanOrEqual(mostSearchRuns(size));
  }
});

test('an entry that was tested alone is put out without another run', () => {
  expect(search(1, 1)).toEqual({ found: 1, runs: 0 });
});

test('a batch has as many entries as wait, at most the limit, and leaves room for the suspect "nobody"', () => {
  expect([0, 1, 2, 3, 4, 5, 7, 8, 20].map((waiting) => batchSize(waiting, 7))).toEqual([0, 1, 1, 3, 3, 5, 7, 7, 7]);
  expect(batchSize(20, 8)).toBe(7);
});
