import { request } from 'node:http';
import { join } from 'node:path';
import { openTestHive } from '../../support/test-hive.ts';
import { median, type Scenario } from '../figure.ts';
import { openReader } from '../seeds/seed-hive.ts';
import { WITHOUT_BOXES } from '../without-boxes.ts';

const AGENTS = 500;
const ROUNDS = 60;
const WARM_UP = 10;
/** The number of agents with events in a busy hive within the quarter of a second that the page batches. */
const CHANGED = 5;

/**
 * The list of all agents, as the page and hivectl request it, compared with only reading and serializing the same rows.
 */
export const list: Scenario = {
  names: ['list.agents500', 'list.changed5'],
  async run({ say, atEnd }) {
    const names = Array.from({ length: AGENTS - 1 }, (_, n) => `scout-${n}`);
    const hive = await openTestHive({ agents: ['manager', ...names], config: WITHOUT_BOXES });
    atEnd(hive.close);
    await hive.start();
    say(`a list of ${AGENTS} agents, ${ROUNDS} times`);
    const reader = openReader(hive);
    atEnd(async () => reader.close());
    const rows = reader.prepare('SELECT * FROM agents ORDER BY name').raw();
    const socketPath = join(hive.run, 'admin.sock');
    const answer: unknown = JSON.parse(await readBody(socketPath, '/agents'));
    const changed = `/agents?names=${names.slice(0, CHANGED).join(',')}`;
    const times: number[] = [];
    const changedTimes: number[] = [];
    const floors: number[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      const took = await time(() => readBody(socketPath, '/agents'));
      const changedTook = await time(() => readBody(socketPath, changed));
      const floor = await time(async () => [rows.all(), JSON.stringify(answer)]);
      if (round < 0) continue;
      times.push(took);
      changedTimes.push(changedTook);
      floors.push(floor);
    }
    return [
      { name: 'list.agents500', value: median(times), unit: 'ms', floor: median(floors) },
      { name: 'list.changed5', value: median(changedTimes), unit: 'ms', floor: null },
    ];
  },
};

/** The answer's bytes, unparsed: parsing is not hived's work. */
function readBody(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await run();
  return performance.now() - from;
}
