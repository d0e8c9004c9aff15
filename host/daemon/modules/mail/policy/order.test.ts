import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRIORITIES } from '../../../../../protocol/schemas/message.ts';
import { orderKey, rankOf, type Relation } from './order.ts';

const RELATIONS: readonly Relation[] = ['hive', 'operator', 'parent', 'child', 'sibling', 'other'];

interface Waiting {
  id: number;
  rank: number;
  at: number;
}
const byTurn = (a: Waiting, b: Waiting) => orderKey(a.rank, a.at) - orderKey(b.rank, b.at) || a.id - b.id;
const delivery = fc.record({
  rank: fc.integer({ min: 0, max: 3 }),
  at: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
});
/** Deliveries in the order in which they were stored: ids increase with time. */
const mailbox = fc
  .array(delivery, { minLength: 1, maxLength: 60 })
  .map((all) => all.toSorted((a, b) => a.at - b.at).map((one, index): Waiting => ({ ...one, id: index + 1 })));

describe('the rank of a delivery', () => {
  test.each([
    ['hive', 1],
    ['operator', 1],
    ['parent', 1],
    ['child', 2],
    ['sibling', 2],
    ['other', 3],
  ] as const)('with nothing declared, mail of relation "%s" has rank %i', (relation, floor) => {
    expect(rankOf(null, relation)).toBe(floor);
  });

  test('anyone can send critical mail, and nobody can push mail below its floor', () => {
    for (const relation of RELATIONS) {
      expect(rankOf('critical', relation)).toBe(0);
      expect(rankOf('low', relation)).toBe(rankOf(null, relation));
      const ranks = PRIORITIES.map((priority) => rankOf(priority, relation));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    }
  });
});

describe('the order of waiting mail', () => {
  test('is that of rank − 0.1 × age in seconds, at any time of reading', () => {
    fc.assert(
      fc.property(delivery, delivery, fc.nat(600_000), (a, b, later) => {
        const now = 1_700_000_100_000 + later;
        // Multiplied by ten thousand, so that both sides are integers.
        const effective = (one: typeof a) => one.rank * 10_000 - (now - one.at);
        expect(Math.sign(orderKey(a.rank, a.at) - orderKey(b.rank, b.at))).toBe(Math.sign(effective(a) - effective(b)));
      }),
    );
  });

  test('is total, and independent of the input order', () => {
    fc.assert(
      fc.property(
        mailbox.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const sorted = all.toSorted(byTurn);
          expect(shuffled.toSorted(byTurn)).toEqual(sorted);
          for (const [index, one] of sorted.entries())
            for (const other of sorted.slice(index + 1)) expect(byTurn(one, other)).toBeLessThan(0);
        },
      ),
    );
  });

  test('within one rank is the order of sending', () => {
    fc.assert(
      fc.property(mailbox, fc.integer({ min: 0, max: 3 }), (all, rank) => {
        const ofRank = all.filter((one) => one.rank === rank);
        expect(ofRank.toSorted(byTurn)).toEqual(ofRank);
      }),
    );
  });

  test('lets low mail pass critical mail that is 30 s younger, and not a moment sooner', () => {
    const low: Waiting = { id: 1, rank: 3, at: 1_700_000_000_000 };
    expect(byTurn(low, { id: 2, rank: 0, at: low.at + 30_000 })).toBeLessThan(0);
    expect(byTurn(low, { id: 2, rank: 0, at: low.at + 29_999 })).toBeGreaterThan(0);
  });

  test('starves nothing: only mail sent within 30 s after a message overtakes it', () => {
    fc.assert(
      fc.property(mailbox, (all) => {
        for (const one of all)
          for (const other of all)
            if (other.id > one.id && byTurn(other, one) < 0) expect(other.at - one.at).toBeLessThan(30_000);
      }),
    );
  });
});
