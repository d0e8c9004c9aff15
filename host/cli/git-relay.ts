import { randomBytes, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { notReached } from '../../wire/client.ts';
import { isAnswered } from '../../system/socket/is-answered.ts';

/** Connects git, which speaks only TCP, to the forge's Unix socket. */
export interface GitRelay {
  /** Environment variables for git that make `hive:OWNER/NAME` reach the forge. */
  readonly gitEnv: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Opens a loopback port that leads to the forge, for as long as one git command runs. Every user of the machine can
 * connect to the port, so each request must carry a random secret. git gets it in its environment, never as an
 * argument: arguments can be read by every user.
 */
export async function relayGit(forgeSocket: string): Promise<GitRelay> {
  const refusal: unknown = await access(forgeSocket, constants.W_OK).catch((error: unknown) => error);
  if (refusal !== undefined || !(await isAnswered(forgeSocket))) throw notReached(refusal, forgeSocket);
  const expected = `Bearer ${randomBytes(32).toString('base64url')}`;
  const server = createServer((incoming, outgoing) => {
    if (!isSame(incoming.headers.authorization, expected)) return void outgoing.writeHead(401).end();
    return pass(incoming, outgoing, forgeSocket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    gitEnv: asGitConfig([
      [`url.${base}.insteadOf`, 'hive:'],
      [`http.${base}.extraHeader`, `Authorization: ${expected}`],
      [`http.${base}.proxy`, ''],
    ]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function asGitConfig(pairs: readonly (readonly [key: string, value: string])[]): Record<string, string> {
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(pairs.length) };
  for (const [index, [key, value]] of pairs.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

function isSame(given: string | undefined, expected: string): boolean {
  const a = Buffer.from(given ?? '');
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, socketPath: string): void {
  const { authorization: _, host: __, expect: ___, connection: ____, ...headers } = incoming.headers;
  const upstream = httpRequest(
    { socketPath, method: incoming.method, path: incoming.url, headers: { ...headers, host: 'forge' } },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.once('error', () => outgoing.destroy());
    },
  );
  upstream.once('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end('the forge does not answer\n');
  });
  outgoing.once('close', () => upstream.destroy());
  incoming.pipe(upstream);
}
