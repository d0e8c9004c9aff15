import { randomUUID } from 'node:crypto';
import type { HiveClient } from '../../harness/hive-link/hive-client.ts';
import type { TurnOffer } from '../../protocol/schemas/harness.ts';

/** A harness simulated by the bench: it sent hello and holds a long poll whenever it has no turn. */
export interface WaitingHarness {
  readonly name: string;
  /** Resolves when its long poll has had enough time to reach hived. */
  reachesHived(): Promise<void>;
  /** The turn in the poll's answer, and its arrival time (`performance.now()`). */
  woken(): Promise<{ turn: TurnOffer; at: number }>;
  /** Ends the turn as done and waits again. */
  finish(turn: TurnOffer): Promise<void>;
}

const POLL_MS = 50_000;
/** Ten times as long as a request needs to reach hived. */
const ON_THE_WAY_MS = 3;

/** Acts as a harness on an agent's socket, with the real harness's own client. */
export async function waitAsHarness(client: HiveClient, name: string): Promise<WaitingHarness> {
  const bootId = randomUUID();
  await client.call('hello', { bootId, generation: 1, harnessVersion: 'bench', pid: process.pid });
  let turnCame = startPoll();
  let polledAt = performance.now();

  /** A failure is reported to whoever waits for the turn; a hive that ends before that is not a failure. */
  function startPoll() {
    const turn = poll();
    turn.catch(() => undefined);
    return turn;
  }

  /** Polls again after an empty answer: a figure with many harnesses takes longer than one poll. */
  async function poll(): Promise<{ turn: TurnOffer; at: number }> {
    for (;;) {
      const { turn } = await client.call('wake', { bootId, waitMs: POLL_MS }, { timeoutMs: POLL_MS + 10_000 });
      if (turn !== null) return { turn, at: performance.now() };
    }
  }

  return {
    name,
    async reachesHived() {
      const rest = polledAt + ON_THE_WAY_MS - performance.now();
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    },
    woken: () => turnCame,
    async finish(turn) {
      await client.call('finish', finishedTurn(bootId, turn));
      turnCame = startPoll();
      polledAt = performance.now();
    },
  };
}

/** A harness's report of a turn that succeeded and cost nothing. */
export function finishedTurn(bootId: string, { turn, fence }: TurnOffer) {
  return {
    bootId,
    turn,
    fence,
    outcome: 'done' as const,
    text: '',
    reason: null,
    notBefore: null,
    sessionId: null,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 },
    durationMs: 0,
    toolCalls: 0,
  };
}
