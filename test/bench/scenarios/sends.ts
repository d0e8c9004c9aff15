import { join } from 'node:path';
import { openTestHive } from '../../support/test-hive.ts';
import { type Figure, median, type Scenario } from '../figure.ts';
import { type Commits, measureCommits } from '../floors/commits.ts';
import { runLoad, startEcho } from '../processes.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const SENDERS = ['manager', 'ada', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gil'];
const RECIPIENT = 'scout';
/** Value and baseline alternate, so that other load on the machine affects both. */
const ROUNDS = 3;
const SECONDS = 4;

type Times = Record<'p50' | 'p99', number>;

/** Sends through the agents' sockets of a whole hived; nobody reads the messages. */
export const sends: Scenario = {
  names: ['send.rate64', 'send.rate64.http', 'send.p99.64', 'send.rtt', 'send.rtt.p99'],
  async run({ say, wants, atEnd }) {
    const hive = await openTestHive({ agents: [...SENDERS, RECIPIENT], config: WITHOUT_BOXES });
    atEnd(hive.close);
    const echo = await startEcho(hive.root);
    atEnd(echo.close);
    await hive.start();
    const sockets = SENDERS.map((name) => join(hive.run, 'agents', name, 'hived/agent.sock'));
    const figures: Figure[] = [];
    if (wants('send.rate64') || wants('send.rate64.http') || wants('send.p99.64')) {
      const rates: number[] = [];
      const overHttp: number[] = [];
      const slowest: number[] = [];
      const floors: Commits[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        say(`64 callers, round ${round} of ${ROUNDS}`);
        floors.push(measureCommits(hive.root, { perCommit: 64, forMs: 1_500 }));
        const load = { sockets, callers: 64, seconds: SECONDS, to: RECIPIENT };
        const { rate, p99 } = await runLoad(load);
        rates.push(rate);
        if (wants('send.rate64.http')) overHttp.push((await runLoad({ ...load, wire: 'http' })).rate);
        slowest.push(p99);
      }
      const rate = median(floors.map((floor) => floor.rate));
      const p99 = median(floors.map((floor) => floor.p99));
      figures.push({ name: 'send.rate64', value: median(rates), unit: '1/s', floor: rate });
      if (wants('send.rate64.http'))
        figures.push({ name: 'send.rate64.http', value: median(overHttp), unit: '1/s', floor: rate });
      figures.push({ name: 'send.p99.64', value: median(slowest), unit: 'ms', floor: p99 });
    }
    if (wants('send.rtt') || wants('send.rtt.p99')) {
      const trips: Times[] = [];
      const floors: Times[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        say(`one caller, round ${round} of ${ROUNDS}`);
        const load = { callers: 1, seconds: SECONDS / 2, to: RECIPIENT };
        const trip = await runLoad({ ...load, sockets: [echo.bytes], wire: 'bytes' });
        const disk = measureCommits(hive.root, { perCommit: 1, forMs: 1_500 });
        floors.push({ p50: trip.p50 + disk.p50, p99: trip.p99 + disk.p99 });
        trips.push(await runLoad({ ...load, sockets: sockets.slice(0, 1), seconds: SECONDS }));
      }
      const middle = (runs: Times[], q: keyof Times) => median(runs.map((run) => run[q]));
      figures.push({ name: 'send.rtt', value: middle(trips, 'p50'), unit: 'ms', floor: middle(floors, 'p50') });
      figures.push({ name: 'send.rtt.p99', value: middle(trips, 'p99'), unit: 'ms', floor: middle(floors, 'p99') });
    }
    return figures;
  },
};
