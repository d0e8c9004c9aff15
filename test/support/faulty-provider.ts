import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { answerAsDemo, errorFor } from '../harness/demo-model.ts';

/** What a provider does instead of answering. */
export interface Fault {
  /** `away`: overloaded (503) and out of reach (the connection breaks) in turns. */
  readonly status: number | 'away';
  readonly message?: string;
  /** The time of a limit, in seconds. */
  readonly retryAfter?: number;
  /** Only requests with this text meet it: a conversation that has it, or a message. */
  readonly onlyWith?: string;
}

/**
 * A provider of models for each of several agents, by the first part of the path: the demo model in all protocols, with
 * faults that a test switches on and off.
 */
export interface FaultyProvider {
  /** The base of an agent's provider, without a version. */
  urlOf(agent: string): string;
  setFault(agent: string, fault: Fault | null): void;
  /** Answers no request of the agent any more until `release`; resolves when one has arrived. */
  hold(agent: string): Promise<void>;
  release(): void;
  close(): Promise<void>;
}

export async function startFaultyProvider(): Promise<FaultyProvider> {
  const faults = new Map<string, Fault>();
  const holds = new Map<string, { arrived: () => void; answers: (() => void)[] }>();
  let refused = 0;

  function refuse(response: ServerResponse, fault: Fault, at: { method: string | undefined; url: string }): void {
    refused += 1;
    if (fault.status === 'away' && refused % 2 === 0) return void response.destroy();
    const status = fault.status === 'away' ? 503 : fault.status;
    const wait = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
    response.writeHead(status, { 'content-type': 'application/json', ...wait });
    response.end(JSON.stringify(errorFor(at, status, fault.message ?? 'The provider refuses it.')));
  }

  const server = createServer((request, response) => {
    const [, agent = '', rest = ''] = /^\/([^/]+)(\/.*)$/.exec(request.url ?? '') ?? [];
    const { method, headers } = request;
    const reply = async () => {
      const body = await buffer(request);
      const hold = holds.get(agent);
      if (hold !== undefined && method === 'POST') {
        hold.arrived();
        await new Promise<void>((resolve) => hold.answers.push(resolve));
      }
      const fault = faults.get(agent);
      if (fault !== undefined && method === 'POST' && body.includes(fault.onlyWith ?? ''))
        return refuse(response, fault, { method, url: rest });
      return answerAsDemo({ request: { method, url: rest, headers }, body }, response);
    };
    reply().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const release = () => {
    for (const { answers } of holds.values()) for (const go of answers) go();
    holds.clear();
  };
  return {
    urlOf: (agent) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${agent}`,
    setFault: (agent, fault) => void (fault === null ? faults.delete(agent) : faults.set(agent, fault)),
    hold: (agent) =>
      new Promise((arrived) => {
        holds.set(agent, { arrived, answers: [] });
      }),
    release,
    close: () =>
      new Promise((resolve) => {
        release();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
