// One agent that floods hived: malformed frames, sends or spooled events as fast as its socket accepts them, over as
// many connections as it may have. Prints a line once it is running and continues until it is ended. usage: node
// flood-calls.mjs KIND SOCKET
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { connectFrames, type FrameClient } from '../../wire/frames/connect-frames.ts';

type Client = FrameClient<typeof agentSurface>;

const [kind = '', socket = ''] = process.argv.slice(2);
/** The most that hived accepts from one agent. */
const CONNECTIONS = 8;
/** Concurrent calls on each of them. */
const AT_ONCE = 8;
/** Fits one frame, whose limit is 512 KiB. */
const UNKNOWN_KEYS = 30_000;
const EVENTS_AT_ONCE = 4;
const EVENT_CHARS = 60_000;
const WARM_UP_MS = 1_000;
/** Pause after a connection that hived closed. */
const RETRY_MS = 50;

const nonsense = Object.fromEntries(Array.from({ length: UNKNOWN_KEYS }, (_, n) => [`key${n}`, 1]));
const bootId = randomUUID();
let spooled = 0;

const FLOODS: Record<string, (hive: Client) => Promise<unknown>> = {
  frames: (hive) => hive.call('send', { to: 'scout', body: 'x', ...nonsense }),
  sends: (hive) => hive.call('send', { to: 'scout', body: 'x' }),
  spool: (hive) =>
    hive.call('spool', {
      bootId,
      events: Array.from({ length: EVENTS_AT_ONCE }, () => ({
        seq: (spooled += 1),
        at: Date.now(),
        kind: 'turn.noise' as const,
        data: { turn: null, lines: 1, sample: 'x'.repeat(EVENT_CHARS) },
      })),
    }),
};

async function flood(hive: Client): Promise<never> {
  const call = FLOODS[kind]!;
  for (;;) {
    await call(hive).catch((error: unknown) => {
      const closed = (error as { code?: unknown }).code === 'hive_unreachable';
      return closed ? delay(RETRY_MS) : undefined;
    });
  }
}

for (let n = 0; n < CONNECTIONS; n += 1) {
  const hive = connectFrames(agentSurface, socket);
  // The first call must succeed: refused calls would be another kind of flood.
  if (n === 0 && kind !== 'frames') await FLOODS[kind]!(hive);
  for (let m = 0; m < AT_ONCE; m += 1) void flood(hive);
}
await delay(WARM_UP_MS);
process.stdout.write('under way\n');
