import { join } from 'node:path';
import { openTestHive } from '../../support/test-hive.ts';
import { type Figure, median, quantile, type Scenario } from '../figure.ts';
import { BODY } from '../peers/peer.ts';
import { type Flood, startFlood } from '../processes.ts';
import { NO_ENGINE } from '../without-boxes.ts';

const FLOODS: readonly Flood[] = ['sends', 'frames', 'spool'];
const FLOODER = 'mallory';
const RECIPIENT = 'scout';
/** Idle and flooded rounds alternate, so that other load on the machine affects both. */
const ROUNDS = 3;
const PER_ROUND = 100;
const WARM_UP = 20;

interface Times {
  idle: number[];
  flooded: number[];
}

/** The time of all other calls while one agent floods hived, with the limits that hives have. */
export const flood: Scenario = {
  names: FLOODS.flatMap((kind) => [`flood.${kind}`, `flood.${kind}.p95`]),
  async run({ say, wants, atEnd }) {
    const agents = ['manager', FLOODER, RECIPIENT];
    const hive = await openTestHive({ agents, config: { engine: NO_ENGINE } });
    atEnd(hive.close);
    await hive.start();
    const socket = join(hive.run, 'agents', FLOODER, 'hived/agent.sock');
    const take = async (calls: number) => {
      const times: number[] = [];
      for (let n = 0; n < calls; n += 1) {
        const from = performance.now();
        await hive.admin.call('send', { to: RECIPIENT, body: BODY });
        times.push(performance.now() - from);
      }
      return times;
    };
    await take(WARM_UP);
    const figures: Figure[] = [];
    for (const kind of FLOODS.filter((one) => wants(`flood.${one}`) || wants(`flood.${one}.p95`))) {
      const times: Times = { idle: [], flooded: [] };
      for (let round = 1; round <= ROUNDS; round += 1) {
        say(`a flood of ${kind}, round ${round} of ${ROUNDS}`);
        times.idle.push(...(await take(PER_ROUND)));
        const flooder = await startFlood(kind, socket);
        atEnd(flooder.close);
        times.flooded.push(...(await take(PER_ROUND)));
        await flooder.close();
      }
      const figure = (name: string, of: (values: readonly number[]) => number): Figure => ({
        name,
        value: of(times.flooded),
        unit: 'ms',
        floor: of(times.idle),
      });
      figures.push(figure(`flood.${kind}`, median));
      figures.push(figure(`flood.${kind}.p95`, (values) => quantile(values, 0.95)));
    }
    return figures;
  },
};
