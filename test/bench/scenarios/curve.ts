import { openTestHive } from '../../support/test-hive.ts';
import { type BenchRun, type Figure, median, type Scenario } from '../figure.ts';
import { AT_ONCE, connectTimed, OPERATIONS, type Operation, type TimedHive } from '../timed-hive.ts';
import { INHABITANTS } from '../seeds/population.ts';
import { seedMessages } from '../seeds/messages.ts';
import { startSeeded } from '../seeds/seed-hive.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

/** Numbers of stored messages. The last takes minutes and 5 GB to create: only with `--full`. */
const SIZES = [10_000, 1_000_000];
const FULL_SIZES = [...SIZES, 10_000_000];
const WARM_UP_ROUNDS = 1;
const ROUNDS = 4;

const nameOf = (operation: Operation) => `curve.${operation}`;

/** The same operations on hives with more and more stored messages, alternating between them. */
export const curve: Scenario = {
  names: OPERATIONS.map(nameOf),
  async run(bench) {
    const wanted = OPERATIONS.filter((operation) => bench.wants(nameOf(operation)));
    const hives: TimedHive[] = [];
    for (const size of bench.full ? FULL_SIZES : SIZES) hives.push(await openSeeded(bench, size));
    const times = new Map(hives.map((hive) => [hive, new Map(OPERATIONS.map((name) => [name, [] as number[]]))]));
    for (let round = 1; round <= WARM_UP_ROUNDS + ROUNDS; round += 1) {
      bench.say(round <= WARM_UP_ROUNDS ? 'warming up' : `round ${round - WARM_UP_ROUNDS} of ${ROUNDS}`);
      for (const hive of hives)
        for (const operation of wanted) {
          const samples = await hive.take(operation);
          if (round > WARM_UP_ROUNDS)
            times
              .get(hive)!
              .get(operation)!
              .push(...samples);
        }
    }
    return wanted.map((operation): Figure => {
      const points = hives.map((hive) => ({ messages: hive.size, ms: median(times.get(hive)!.get(operation)!) }));
      const value = points.at(-1)!.ms / points[0]!.ms;
      return { name: nameOf(operation), value, unit: 'x', floor: null, points };
    });
  },
};

async function openSeeded({ say, atEnd }: BenchRun, size: number): Promise<TimedHive> {
  const broker = { ...WITHOUT_BOXES.broker, turn_max_messages: AT_ONCE };
  const hive = await openTestHive({ agents: ['manager', ...INHABITANTS], config: { ...WITHOUT_BOXES, broker } });
  atEnd(hive.close);
  say(`a hive with ${size.toLocaleString('en')} messages`);
  await startSeeded(hive, (db) => seedMessages(db, size));
  const timed = await connectTimed(hive, size);
  atEnd(timed.close);
  return timed;
}
