import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { connectHive } from '../../harness/hive-link/hive-client.ts';
import type { TestHive } from '../support/test-hive.ts';
import { BODY } from './peers/peer.ts';
import { inhabitant, INHABITANTS } from './seeds/population.ts';
import { textOf } from './seeds/texts.ts';
import { finishedTurn } from './waiting-harness.ts';

/** The operations that must not become slower as a hive grows. */
export const OPERATIONS = ['send', 'claim', 'inbox', 'thread', 'search'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Number of messages in one claim. */
export const AT_ONCE = 10;
/** Number of messages waiting in the mailbox of the claims. */
const BACKLOG = 300;
/** Limit of hits in a search; every size has more. */
const HITS = 10;
const SAMPLES = 50;
/** A stride that spreads samples over all messages in a scattered order. */
const STRIDE = 7_919;

/** A seeded hive and the operations timed on it, each by one caller, one at a time. */
export interface TimedHive {
  /** Number of seeded messages. */
  readonly size: number;
  /** Milliseconds of each of several calls. */
  take(operation: Operation): Promise<number[]>;
  close(): Promise<void>;
}

export async function connectTimed(hive: TestHive, size: number): Promise<TimedHive> {
  const [sender, claimer] = [INHABITANTS[0]!, INHABITANTS[1]!];
  const connect = (name: string) => connectHive(join(hive.run, 'agents', name, 'hived/agent.sock'));
  const [from, to] = [connect(sender), connect(claimer)];
  const bootId = randomUUID();
  await to.call('hello', { bootId, generation: 1, harnessVersion: 'bench', pid: process.pid });
  const send = () => from.call('send', { to: claimer, body: BODY });
  for (let n = 0; n < BACKLOG; n += 1) await send();

  let taken = 0;
  /** A different message each time, from the whole range. */
  const somewhere = () => 1 + (((taken += 1) * STRIDE) % size);

  /** A turn for waiting messages: leased and on disk. Ending it and refilling the mailbox are not timed. */
  async function claim(): Promise<number> {
    const began = performance.now();
    const { turn } = await to.call('wake', { bootId, waitMs: 5_000 });
    const took = performance.now() - began;
    if (turn === null) throw new Error('nothing was offered although mail waits');
    await to.call('finish', finishedTurn(bootId, turn));
    for (let n = 0; n < AT_ONCE; n += 1) await send();
    return took;
  }

  const timed: Record<Operation, () => Promise<number>> = {
    send: () => time(send),
    claim,
    /** A mailbox's newest page, and an earlier page. */
    inbox: () =>
      time(async () => {
        const of = inhabitant(taken);
        await hive.admin.call('listMessages', { of });
        await hive.admin.call('listMessages', { of, before: somewhere() });
      }),
    thread: () => time(() => hive.admin.call('getThread', { id: somewhere() })),
    /** One word and two, in all messages and in those that one agent may see. */
    search: () => {
      const [first = '', second = ''] = textOf(somewhere()).split(' ');
      return time(async () => {
        await hive.admin.call('searchMessages', { query: first, limit: HITS });
        await hive.admin.call('searchMessages', { query: `${first} ${second}`, limit: HITS });
        await from.call('search', { query: first, limit: HITS });
      });
    },
  };

  return {
    size,
    async take(operation) {
      const samples: number[] = [];
      for (let n = 0; n < SAMPLES; n += 1) samples.push(await timed[operation]());
      return samples;
    },
    async close() {
      from.close();
      to.close();
    },
  };
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await run();
  return performance.now() - from;
}
