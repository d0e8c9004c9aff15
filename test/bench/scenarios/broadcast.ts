import { join } from 'node:path';
import { connectHive } from '../../../harness/hive-link/hive-client.ts';
import { openTestHive } from '../../support/test-hive.ts';
import { median, type Scenario } from '../figure.ts';
import { type Commits, measureCommits } from '../floors/commits.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const RECIPIENTS = 200;
const ROUNDS = 3;
const PER_ROUND = 30;
const WARM_UP = 10;

/** One message to all other agents: it is in every mailbox when the sender is answered. */
export const broadcast: Scenario = {
  names: ['broadcast.200'],
  async run({ say, atEnd }) {
    const names = Array.from({ length: RECIPIENTS }, (_, n) => `scout-${n}`);
    const hive = await openTestHive({ agents: ['manager', ...names], config: WITHOUT_BOXES });
    atEnd(hive.close);
    await hive.start();
    const manager = connectHive(join(hive.run, 'agents/manager/hived/agent.sock'));
    atEnd(async () => manager.close());
    const send = async () => {
      const from = performance.now();
      const { recipients } = await manager.call('send', { to: '*', body: 'to all of you' });
      if (recipients.length !== RECIPIENTS) throw new Error(`a broadcast went to ${recipients.length} agents`);
      return performance.now() - from;
    };
    for (let n = 0; n < WARM_UP; n += 1) await send();
    const times: number[] = [];
    const floors: Commits[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      say(`broadcasts, round ${round} of ${ROUNDS}`);
      floors.push(measureCommits(hive.root, { perCommit: 1, recipients: RECIPIENTS, forMs: 1_000 }));
      for (let n = 0; n < PER_ROUND; n += 1) times.push(await send());
    }
    return [{ name: 'broadcast.200', value: median(times), unit: 'ms', floor: median(floors.map(({ p50 }) => p50)) }];
  },
};
