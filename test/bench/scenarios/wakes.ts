import { join } from 'node:path';
import { connectHive, type HiveClient } from '../../../harness/hive-link/hive-client.ts';
import { openTestHive } from '../../support/test-hive.ts';
import { median, type Scenario } from '../figure.ts';
import { measureCommits } from '../floors/commits.ts';
import { roundTripMs } from '../floors/round-trip.ts';
import { startEcho } from '../processes.ts';
import { type WaitingHarness, waitAsHarness } from '../waiting-harness.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const WARM_UP = 200;
const COUNTED = 1_000;
const MANY = 200;

/** The bench acts as a harness, with the real harness's own client: it waits, and a message is sent to it. */
export const wakes: Scenario = wakesOf('wake.latency', 1);

/** The same with a hive full of waiting harnesses; each wake is for another one. */
export const wakesOfMany: Scenario = wakesOf('wake.latency.200', MANY);

function wakesOf(figure: string, count: number): Scenario {
  const names = Array.from({ length: count }, (_, n) => `scout-${n}`);
  return {
    names: [figure],
    async run({ say, atEnd }) {
      const hive = await openTestHive({ agents: ['manager', ...names], config: WITHOUT_BOXES });
      atEnd(hive.close);
      const echo = await startEcho(hive.root);
      atEnd(echo.close);
      const connect = (name: string): HiveClient => {
        const client = connectHive(join(hive.run, 'agents', name, 'hived/agent.sock'));
        atEnd(async () => client.close());
        return client;
      };
      await hive.start();
      const manager = connect('manager');
      say(`${WARM_UP + COUNTED} wakes, ${count} waiting`);
      const harnesses: WaitingHarness[] = [];
      for (const name of names) harnesses.push(await waitAsHarness(connect(name), name));
      const times: number[] = [];
      for (let n = 0; n < WARM_UP + COUNTED; n += 1) times.push(await timeWake(manager, harnesses[n % count]!));
      // A wake is answered when its lease is on disk.
      const floor = (await roundTripMs(echo.bytes)) + measureCommits(hive.root, { perCommit: 1, forMs: 1_500 }).p50;
      return [{ name: figure, value: median(times.slice(WARM_UP)), unit: 'ms', floor }];
    },
  };
}

/** Milliseconds from the sender's answer to the turn's arrival at the harness; the turn is over when this resolves. */
async function timeWake(manager: HiveClient, harness: WaitingHarness): Promise<number> {
  await harness.reachesHived();
  const woken = harness.woken();
  await manager.call('send', { to: harness.name, body: 'wake up' });
  const accepted = performance.now();
  const { turn, at } = await woken;
  await harness.finish(turn);
  // Both answers may arrive in one read: the wake then took no time at all.
  return Math.max(0, at - accepted);
}
