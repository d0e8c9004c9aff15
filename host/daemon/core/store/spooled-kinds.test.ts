import { expect, test } from 'vitest';
import { spooledEvent } from '../../../../protocol/schemas/harness.ts';
import { IS_SPOOLED } from './events.ts';

test('all kinds that a harness spools count towards their agent’s ceiling, but for receipts', () => {
  const counted = [...IS_SPOOLED.matchAll(/'([\w.]+)'/g)].map(([, kind]) => kind);
  const spooled = spooledEvent.shape.kind.options.filter((kind) => kind !== 'delivery.in_context');
  expect(new Set(counted)).toEqual(new Set(spooled));
});
