import { expect, test } from 'vitest';
import { createSlots } from '../../system/slots.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { takeReadTurn } from './while-reading.ts';

test('a reader who leaves while it waits is no error of the forge; one that waits too long is told so', async () => {
  const readSlots = createSlots({ total: 1 });
  const stopping = new AbortController().signal;
  const core = (maxReadWaitMs: number) => ({ readSlots, stopping, limits: { maxReadWaitMs } }) as unknown as ForgeCore;
  const release = await takeReadTurn(core(60_000), 'first', stopping);
  const left = new AbortController();
  const waiting = takeReadTurn(core(60_000), 'second', left.signal);
  left.abort();
  // Below 500: it is not logged.
  await expect(waiting).rejects.toMatchObject({ code: 'interrupted', status: 499 });
  await expect(takeReadTurn(core(1), 'third', stopping)).rejects.toMatchObject({ code: 'service_unavailable' });
  release();
  (await takeReadTurn(core(60_000), 'fourth', stopping))();
});
