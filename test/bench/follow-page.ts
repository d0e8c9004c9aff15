// Follows the event stream that the dashboard serves to a page, and checks the events of load-events.mjs in it: each
// agent's numbers without gap or duplicate. Prints "following", and one JSON line when it has all of them. usage: node
// follow-page.mjs URL COOKIE EVENTS
import { request } from 'node:http';
import * as z from 'zod';
import { createLineReader } from '../../system/text/read-lines.ts';

const [url = '', cookie = '', wanted = ''] = process.argv.slice(2);
const MAX_LINE_BYTES = 1024 * 1024;
const AGAIN_MS = 100;

const marked = z.object({
  seq: z.number(),
  agent: z.string().nullable(),
  kind: z.string(),
  data: z.object({ text: z.string().optional(), input: z.string().optional() }),
});

const newest = new Map<string, number>();
const latencies: number[] = [];
let lastSeq = 0;
let firstAt = 0;
let connections = 0;
let problem: string | null = null;

function read(line: string): void {
  if (!line.startsWith('data: ')) return;
  const arrived = performance.timeOrigin + performance.now();
  const { seq, agent, data } = marked.parse(JSON.parse(line.slice(6)));
  if (seq <= lastSeq) problem ??= `event ${seq} came after ${lastSeq}`;
  lastSeq = seq;
  const mark = /#(\d+)@([\d.]+)/.exec(data.text ?? data.input ?? '');
  if (mark === null || agent === null) return;
  const n = Number(mark[1]);
  const before = newest.get(agent) ?? 0;
  if (n !== before + 1) problem ??= `of ${agent}, ${n} came after ${before}`;
  newest.set(agent, n);
  if (latencies.length === 0) firstAt = arrived;
  latencies.push(arrived - Number(mark[2]));
  if (latencies.length === Number(wanted)) finish();
}

function finish(): never {
  latencies.sort((a, b) => a - b);
  const at = (q: number) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? null;
  const tookMs = performance.timeOrigin + performance.now() - firstAt;
  process.stdout.write(
    `${JSON.stringify({ events: latencies.length, problem, connections, tookMs, p50: at(0.5), p99: at(0.99), max: at(1) })}\n`,
  );
  process.exit(0);
}

/** As a page does, it connects again when the stream ends, from the last event on. */
function follow(): void {
  const reader = createLineReader({
    maxBytes: MAX_LINE_BYTES,
    onLine: read,
    onLong: () => (problem ??= 'a long line'),
  });
  const resumed = lastSeq === 0 ? {} : { 'last-event-id': String(lastSeq) };
  const asked = request(url, { headers: { cookie, accept: 'text/event-stream', ...resumed } }, (answer) => {
    if (answer.statusCode !== 200) throw new Error(`the stream was refused with ${answer.statusCode}`);
    if (connections === 0) process.stdout.write('following\n');
    connections += 1;
    answer.on('data', reader.push);
    answer.once('close', () => setTimeout(follow, AGAIN_MS));
  });
  asked.end();
}

follow();
