import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { median } from '../figure.ts';
import type { FirstLoad, Way } from './programs.ts';

/**
 * A client in a process of its own: it makes the same streamed call by each way in turn, one at a time over kept
 * connections, and times the first byte of each answer's body. Prints the medians (ms).
 */
const load = (await json(process.stdin)) as FirstLoad;
const agents = load.ways.map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
const times = load.ways.map((): number[] => []);

for (let round = -load.warmUp; round < load.rounds; round += 1)
  for (const [index, way] of load.ways.entries()) {
    const ms = await timeFirstByte(way, agents[index]!);
    if (round >= 0) times[index]!.push(ms);
  }
for (const agent of agents) agent.destroy();
process.stdout.write(JSON.stringify(times.map((of) => median(of))));

function timeFirstByte(way: Way, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    let first = 0;
    const asked = request({ ...way.to, agent, method: 'POST', path: way.path ?? load.path, headers: way.headers });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${way.name} answers ${answer.statusCode}`));
      answer.on('data', () => {
        first ||= performance.now() - from;
      });
      answer.once('end', () => resolve(first));
      answer.once('error', reject);
    });
    asked.end(load.body);
  });
}
