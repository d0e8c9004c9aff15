import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { createSecretFinder, type SecretFinder } from '../../../system/redact/find-secrets.ts';
import type { NamedSecret } from '../../../system/redact/redactor.ts';
import { listenUnix } from '../../../system/socket/listen-unix.ts';
import { createSearchServer } from '../../../wire/secret-search.ts';

/**
 * The thread that searches pushes for secrets (secret-search.ts starts it): hived's own thread has no share in the work,
 * however large a push is. hived sends the secrets, at first and after each change.
 */
const { socket, uid } = z.object({ socket: z.string(), uid: z.number().nullable() }).parse(workerData);
let secrets: readonly NamedSecret[] = [];
let finder: SecretFinder | null = null;

parentPort?.on('message', (changed: readonly NamedSecret[]) => {
  secrets = changed;
  finder = null;
});

const server = createSearchServer(() => (finder ??= createSecretFinder(secrets)));
await listenUnix(server, socket, { mode: 0o600, uid });
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage('listening');
