import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { openTestHive, type TestHive } from './test-hive.ts';

/**
 * A running hive whose agents are idle and whose forge has its shared documents: from here on only the test changes it.
 */
export async function openQuietHive(): Promise<TestHive> {
  const hive = await openTestHive();
  await hive.start();
  for (const name of ['manager', 'scout'])
    await hive.until(
      async () => (await hive.admin.call('getAgent', { name })).agent.state === 'idle',
      `${name} to be idle`,
    );
  // The forge fills shared/docs at its first start.
  await hive.event((event) => event.kind === 'forge.pushed');
  return hive;
}

/** Events that harnesses and the gateway's accounting keep adding meanwhile. */
const GOES_ON = /^(harness|cli|usage|turn)\./;

/** Everything that a refused request could have changed. */
export async function readWhole(hive: TestHive) {
  const { agents } = await hive.admin.call('listAgents', {});
  const { messages } = await hive.admin.call('listMessages', { limit: 1_000 });
  return {
    events: (await hive.events()).filter(({ kind }) => !GOES_ON.test(kind)).length,
    agents: agents.map(({ name, desired, generation, spec, queued }) => ({ name, desired, generation, spec, queued })),
    messages: messages.map(({ id }) => id),
    files: (await readdir(join(hive.root, 'agents'))).sort(),
    sockets: (await readdir(join(hive.run, 'agents'))).sort(),
    boxes: (await hive.containers()).map((box) => box.Id).sort(),
  };
}

/** The socket of a service for the agent `scout`. */
export function agentSocket(hive: TestHive, service: string): string {
  return join(hive.run, 'agents/scout', service, 'agent.sock');
}

/** A GET request, and the expected status of its answer. */
export function get(path: string, status = 200) {
  return { method: 'GET', path, status };
}

export interface Answer {
  status: number;
  text: string;
  body: unknown;
}

/** Makes one request on a socket; by default a POST of JSON. */
export function ask(
  socketPath: string,
  what: { method?: string; path: string; body?: string | Buffer; type?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = what.body ?? '';
    const headers = { 'content-type': what.type ?? 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(
      { socketPath, method: what.method ?? 'POST', path: what.path, headers, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text, body: parseOrNull(text) }));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The answer of a socket to raw bytes before it closes the connection, or within a second. */
export function answerTo(socketPath: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ path: socketPath });
    let text = '';
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(end, 1_000);
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('close', end).once('error', end);
    socket.write(bytes);
  });
}
