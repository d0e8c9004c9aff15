import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { connectHive, type HiveClient } from '../../../harness/hive-link/hive-client.ts';
import type { TurnOffer } from '../../../protocol/schemas/harness.ts';
import { openTestHive } from '../../support/test-hive.ts';
import { median, type Scenario } from '../figure.ts';
import { measureCommits } from '../floors/commits.ts';
import { startEcho } from '../processes.ts';
import { NO_ENGINE } from './no-engine.ts';

const WARM_UP = 200;
const COUNTED = 1_000;

/** The bench plays a harness, with the real harness's own client: it waits, and somebody writes to it. */
export const wakes: Scenario = {
  names: ['wake.latency'],
  async run({ say, atEnd }) {
    const hive = await openTestHive({ agents: ['manager', 'scout'], config: NO_ENGINE });
    atEnd(hive.close);
    const echo = await startEcho(hive.root);
    atEnd(echo.close);
    const [manager, scout] = ['manager', 'scout'].map((name) => {
      const client = connectHive(join(hive.run, 'agents', name, 'hived/agent.sock'));
      atEnd(async () => client.close());
      return client;
    }) as [HiveClient, HiveClient];
    await hive.start();
    say(`${COUNTED} wakes`);
    const bootId = randomUUID();
    await scout.call('hello', { bootId, generation: 1, harnessVersion: 'bench', pid: process.pid });
    const times: number[] = [];
    for (let n = 0; n < WARM_UP + COUNTED; n += 1) {
      const woken = scout
        .call('wake', { bootId, waitMs: 10_000 })
        .then(({ turn }) => ({ turn, at: performance.now() }));
      await waitUntilPolled();
      await manager.call('send', { to: 'scout', body: 'wake up' });
      const accepted = performance.now();
      const { turn, at } = await woken;
      if (turn === null) throw new Error('a send woke nobody');
      // Both answers may come in one read: the wake then took no time at all.
      times.push(Math.max(0, at - accepted));
      await scout.call('finish', finished(bootId, turn));
    }
    // A wake is answered when its lease is on disk.
    const floor = (await roundTripMs(echo.bytes)) + measureCommits(hive.root, { perCommit: 1, forMs: 1_500 }).p50;
    return [{ name: 'wake.latency', value: median(times.slice(WARM_UP)), unit: 'ms', floor }];
  },
};

/** The long poll has to lie at hived before the send; a request takes a tenth of this to get there. */
function waitUntilPolled(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 3);
  });
}

function finished(bootId: string, { turn, fence }: TurnOffer) {
  return {
    bootId,
    turn,
    fence,
    outcome: 'done' as const,
    text: '',
    reason: null,
    notBefore: null,
    sessionId: null,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 },
    durationMs: 0,
    toolCalls: 0,
  };
}

async function roundTripMs(path: string): Promise<number> {
  const socket = createConnection({ path });
  await once(socket, 'connect');
  const times: number[] = [];
  for (let n = 0; n < WARM_UP + COUNTED; n += 1) {
    const from = performance.now();
    socket.write('x');
    await once(socket, 'data');
    times.push(performance.now() - from);
  }
  socket.destroy();
  return median(times.slice(WARM_UP));
}
