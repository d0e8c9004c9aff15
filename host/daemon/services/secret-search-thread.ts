import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { createSecretFinder, type SecretFinder } from '../../../system/redact/find-secrets.ts';
import type { NamedSecret } from '../../../system/redact/redactor.ts';
import { listenUnix } from '../../../system/socket/listen-unix.ts';
import { createSearchServer } from '../../../wire/secret-search.ts';

/**
 * The thread that searches pushes for secrets (secret-search.ts starts it): hived's own thread has no share in the work,
 * however large a push is. hived sends the secrets, at first and after each change. It ends when nobody was connected for
 * `idleMs`.
 */
const given = z.object({ socket: z.string(), uid: z.number().nullable(), idleMs: z.number() });
const { socket, uid, idleMs } = given.parse(workerData);
const FIRST_MS = 30_000;
let secrets: readonly NamedSecret[] = [];
let finder: SecretFinder | null = null;

parentPort?.on('message', (changed: readonly NamedSecret[]) => {
  secrets = changed;
  finder = null;
});

const server = createSearchServer(() => (finder ??= createSecretFinder(secrets)));
let clients = 0;
// Whoever it began for connects again in a moment.
let idle = setTimeout(leave, Math.max(idleMs, FIRST_MS));
server.on('connection', (client) => {
  clients += 1;
  clearTimeout(idle);
  client.once('close', () => {
    clients -= 1;
    if (clients === 0) idle = setTimeout(leave, idleMs);
  });
});

/** A client that connects meanwhile loses its connection, and connects again. */
function leave(): void {
  server.close();
  parentPort?.close();
}

await listenUnix(server, socket, { mode: 0o600, uid });
