import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { connectHive } from '../../harness/hive-link/hive-client.ts';
import type { TestHive } from '../support/test-hive.ts';
import { BODY } from './peers/peer.ts';
import { inhabitant, INHABITANTS } from './seeds/population.ts';
import { textOf } from './seeds/texts.ts';
import { finishedTurn } from './waiting-harness.ts';

/** What may not become slower with what a hive remembers. */
export const OPERATIONS = ['send', 'claim', 'inbox', 'thread', 'search'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Messages of one claim. */
export const AT_ONCE = 10;
/** What waits in the mailbox that is claimed from. */
const BACKLOG = 300;
/** Hits that a search asks for; every size has more. */
const HITS = 10;
const SAMPLES = 50;
/** The number that spreads samples over all messages in no order. */
const STRIDE = 7_919;

/** A seeded hive and the calls that are timed on it, each by one caller, one at a time. */
export interface TimedHive {
  /** Messages it was seeded with. */
  readonly size: number;
  /** Milliseconds of each of some calls. */
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
  /** Another message each time, from all over the hive's past. */
  const somewhere = () => 1 + (((taken += 1) * STRIDE) % size);

  /** A turn for messages that waited: leased and on disk. It ends, and as many are sent, outside of the time. */
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
    /** A mailbox's newest page, and one from somewhere in its past. */
    inbox: () =>
      time(async () => {
        const of = inhabitant(taken);
        await hive.admin.call('listMessages', { of });
        await hive.admin.call('listMessages', { of, before: somewhere() });
      }),
    thread: () => time(() => hive.admin.call('getThread', { id: somewhere() })),
    /** One word and two, in everything and in what one agent may see. */
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
