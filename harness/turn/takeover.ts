import type { Launch } from '../driver/driver.ts';
import { createWakeups } from '../../system/pause.ts';

/** What the engine tells about its agent when a person asks for the conversation. */
export interface TakeoverFacts {
  readonly turnRuns: boolean;
  readonly sessionId: string | null;
  /** Whether the driver has a terminal interface. */
  readonly hasTerminal: boolean;
  readonly isHeldByOther: boolean;
}

/** Why a conversation cannot be given to a person now; null when it can. */
export function refuseTakeover({ turnRuns, sessionId, hasTerminal, isHeldByOther }: TakeoverFacts): string | null {
  if (!hasTerminal) return 'The driver of this agent has no terminal interface that the hive opens.';
  if (isHeldByOther) return 'Somebody else works in this conversation.';
  if (turnRuns) return 'A turn runs. Try again when it is over.';
  if (sessionId === null) return 'This agent has no conversation yet.';
  return null;
}

/**
 * A person in the agent's own conversation, instead of turns.
 *
 *   free ── begin ──► taken ── end ──► free
 *
 * hived offers no turn while a terminal of its own has taken it; one that was offered all the same waits for its end.
 */
export interface Takeover {
  /** The engine says who can be asked; before, every `begin` is refused. */
  serve(engine: { facts(): Omit<TakeoverFacts, 'isHeldByOther'>; launch(): Promise<Launch> }): void;
  /** Resolves when the conversation is free, or when the signal fires. */
  free(signal: AbortSignal): Promise<void>;
  /** Takes the conversation until `end` is called. Resolves with a sentence when that is not possible. */
  begin(): Promise<{ readonly launch: Launch; end(): void } | { readonly refused: string }>;
}

export function createTakeover(): Takeover {
  const ended = createWakeups();
  let engine: Parameters<Takeover['serve']>[0] | null = null;
  let isTaken = false;
  const isHeld = () => isTaken;

  function end(): void {
    isTaken = false;
    ended.wake();
  }

  return {
    serve(given) {
      engine = given;
    },
    async free(signal) {
      while (isHeld() && !signal.aborted) await ended.wait(Infinity, signal);
    },
    async begin() {
      if (engine === null) return { refused: 'The harness has not begun to work yet. Try again shortly.' };
      const refused = refuseTakeover({ ...engine.facts(), isHeldByOther: isTaken });
      if (refused !== null) return { refused };
      isTaken = true;
      try {
        return { launch: await engine.launch(), end };
      } catch (error) {
        end();
        return { refused: `It cannot be prepared: ${error instanceof Error ? error.message : String(error)}` };
      }
    },
  };
}
