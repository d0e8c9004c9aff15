// Publishers of NATS JetStream, in a process of their own: each waits for the acknowledgement of its message before
// it publishes the next one, all on one connection, as that client is meant to be used. Prints one JSON line.
// usage: node load-nats.mjs URL PUBLISHERS SECONDS BODY
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const [url, publishers, seconds, body] = process.argv.slice(2);
/** Warm-up for compilers and caches before anything is counted. */
const WARM_UP_MS = 1_000;
const connection = await connect({ servers: url });
const manager = await jetstreamManager(connection);
await manager.streams.add({ name: 'mail', subjects: ['mail.*'], storage: 'file' });
const mail = jetstream(connection);
const payload = new TextEncoder().encode(body);
const begin = performance.now() + WARM_UP_MS;
const end = begin + Number(seconds) * 1_000;
let sent = 0;

async function publish() {
  for (;;) {
    await mail.publish('mail.scout', payload);
    const now = performance.now();
    if (now >= end) return;
    if (now >= begin) sent += 1;
  }
}

await Promise.all(Array.from({ length: Number(publishers) }, publish));
await connection.close();
process.stdout.write(`${JSON.stringify({ sent, rate: (sent / (end - begin)) * 1_000 })}\n`);
