import type { Launch } from '../driver/driver.ts';
import { createWakeups } from '../../system/pause.ts';

/** What the engine tells about its agent when a person asks for the conversation. */
export interface TakeoverFacts {
  readonly sessionId: string | null;
  /** Whether the driver has a terminal interface. */
  readonly hasTerminal: boolean;
}

/** The engine, as far as a person in the conversation needs it. */
export interface TakeoverEngine {
  facts(): TakeoverFacts;
  /** Whether hived holds the agent for a person; rejects when hived does not answer. */
  isHeldForPerson(): Promise<boolean>;
  turnRuns(): boolean;
  /** Resolves when no turn runs, or when the signal fires. */
  turnOver(signal: AbortSignal): Promise<void>;
  launch(): Promise<Launch>;
  /** The person's program has ended. Never rejects. */
  left(): Promise<void>;
}

/** Whoever asks for the conversation. */
export interface Visitor {
  /** Aborted when they are gone. */
  readonly gone: AbortSignal;
  /** A turn runs; they get the conversation when it is over. */
  readonly onWait: () => void;
}

export type Begun =
  | { readonly refused: string }
  | {
      readonly launch: Launch;
      /** Aborted when the conversation is wanted back: the visitor's program has to end. */
      readonly wantedBack: AbortSignal;
      /** The visitor's program has ended; resolves when the conversation is free. */
      end(): Promise<void>;
    };

/** A CLI names a session by letters, digits and a few signs; anything else could be read as an option of its own. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,199}$/;
/** Why a conversation cannot be given to a person now; null when it can. */
export function refuseTakeover({ sessionId, hasTerminal }: TakeoverFacts): string | null {
  if (!hasTerminal) return 'The driver of this agent has no terminal interface that the hive opens.';
  if (sessionId === null) return 'This agent has no conversation yet.';
  if (!SESSION_ID.test(sessionId)) return 'The ID of this conversation cannot be passed to a program.';
  return null;
}

/**
 * A person in the agent's own conversation, instead of turns.
 *
 *   free ── begin ──► asking hived ──► waiting for the turn's end ──► taken ── end ──► free
 *
 * Any program in the box can ask. Only hived gives the conversation away, and says so by its hold: without it every
 * `begin` is refused, so that no mail waits without the operator's knowledge. hived offers no turn while it holds the agent;
 * one that is offered means that the hold is over, and whoever still has the conversation has to leave it.
 */
export interface Takeover {
  /** The engine says who can be asked; before, every `begin` is refused. */
  serve(engine: TakeoverEngine): void;
  /** Takes the conversation back for a turn. Resolves when nobody has it, or when the signal fires. */
  takeBack(signal: AbortSignal): Promise<void>;
  /** Takes the conversation until `end` is called, after the running turn. Resolves with a sentence when that is not possible. */
  begin(visitor: Visitor): Promise<Begun>;
}

export function createTakeover(): Takeover {
  const ended = createWakeups();
  let engine: TakeoverEngine | null = null;
  let taken: AbortController | null = null;
  const isFree = () => taken === null;

  function free(): void {
    taken = null;
    ended.wake();
  }

  async function prepare(serving: TakeoverEngine, { gone, onWait }: Visitor): Promise<Launch | { refused: string }> {
    const isHeld = await serving.isHeldForPerson().catch(() => null);
    if (isHeld === null) return { refused: 'hived does not answer. Try again shortly.' };
    if (!isHeld) return { refused: 'The hive has not opened this conversation. Use: hivectl attach NAME' };
    if (serving.turnRuns()) {
      onWait();
      await serving.turnOver(gone);
    }
    if (gone.aborted) return { refused: 'The conversation is wanted for a turn.' };
    const refused = refuseTakeover(serving.facts());
    return refused === null ? serving.launch() : { refused };
  }

  return {
    serve(given) {
      engine = given;
    },
    async takeBack(signal) {
      taken?.abort();
      while (!isFree() && !signal.aborted) await ended.wait(Infinity, signal);
    },
    async begin(visitor) {
      const serving = engine;
      if (serving === null) return { refused: 'The harness has not begun to work yet. Try again shortly.' };
      if (!isFree()) return { refused: 'Somebody else works in this conversation.' };
      const mine = new AbortController();
      taken = mine;
      const gone = AbortSignal.any([visitor.gone, mine.signal]);
      try {
        const prepared = await prepare(serving, { ...visitor, gone });
        if (!('refused' in prepared))
          return { launch: prepared, wantedBack: mine.signal, end: () => serving.left().finally(free) };
        free();
        return prepared;
      } catch (error) {
        await serving.left();
        free();
        return { refused: `It cannot be prepared: ${error instanceof Error ? error.message : String(error)}` };
      }
    },
  };
}
