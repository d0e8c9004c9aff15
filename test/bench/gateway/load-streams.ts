import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { quantile } from '../figure.ts';
import type { StreamLoad, StreamReport } from './programs.ts';

/**
 * A client in a process of its own that reads many streams at once: it counts their pieces and times each from the
 * provider's writing it to its arrival here (both clocks are the machine's). Prints a StreamReport.
 */
const load = (await json(process.stdin)) as StreamLoad;
const latencies: number[] = [];
let complete = 0;

await Promise.all(Array.from({ length: load.streams }, (_, n) => readStream(n)));
const report: StreamReport = {
  pieces: latencies.length,
  complete,
  p50: quantile(latencies, 0.5),
  p99: quantile(latencies, 0.99),
};
process.stdout.write(JSON.stringify(report));

async function readStream(n: number): Promise<void> {
  // Streams that begin together would have all their pieces in the same moment.
  await new Promise((resolve) => setTimeout(resolve, (n * load.spreadMs) / load.streams));
  const agent = new Agent({ maxSockets: 1 });
  await new Promise<void>((resolve, reject) => {
    const { to, headers } = load.ways[n % load.ways.length]!;
    const asked = request({ ...to, agent, method: 'POST', path: load.path, headers });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`a stream is answered with ${answer.statusCode}`));
      let rest = '';
      answer.setEncoding('latin1').on('data', (text: string) => {
        const now = process.hrtime.bigint();
        rest += text;
        for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
          const at = /@(\d+)@/.exec(rest.slice(0, end))?.[1];
          if (at !== undefined) latencies.push(Number(now - BigInt(at)) / 1e6);
          if (rest.startsWith(load.last)) complete += 1;
          rest = rest.slice(end + 2);
        }
      });
      answer.once('end', resolve);
      answer.once('error', reject);
    });
    asked.end(load.body);
  });
  agent.destroy();
}
