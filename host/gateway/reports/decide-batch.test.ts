import { expect, test } from 'vitest';
import { type ErrorCode, HiveError } from '../../../protocol/errors.ts';
import { decideBatch } from './decide-batch.ts';

const failed = (code: ErrorCode, failures: number) =>
  decideBatch({ ok: false, error: new HiveError(code) }, failures, 0);

test('a batch is retried until hived has it, with growing delays', () => {
  expect(decideBatch({ ok: true }, 3, 0)).toEqual({ do: 'forget' });
  expect(failed('hive_unreachable', 0)).toEqual({ do: 'retry', inMs: 100 });
  expect(failed('storage_unavailable', 3)).toEqual({ do: 'retry', inMs: 800 });
  expect(failed('internal', 500)).toEqual({ do: 'retry', inMs: 10_000 });
});

test('a batch that hived will never accept is dropped', () => {
  expect(failed('invalid_input', 0)).toEqual({ do: 'give_up', code: 'invalid_input' });
  expect(failed('payload_too_large', 0)).toMatchObject({ do: 'give_up' });
});
