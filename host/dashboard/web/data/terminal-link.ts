import { createParser } from 'eventsource-parser';
import { HiveError } from '../../../../protocol/errors.ts';
import type { TerminalOutput } from '../../../../protocol/schemas/terminal.ts';
import { ENDED_UNSEEN, sayTerminalEnd } from '../../../../protocol/terminal-words.ts';
import { openStream, readStreamed } from './api.ts';

/** Where the page is with a terminal's output. */
export type LinkState = 'connecting' | 'connected' | 'lost' | 'ended';

export interface LinkHandlers {
  /** Shows a piece of output; the next one is read when it resolves. */
  show: (part: TerminalOutput) => Promise<void>;
  onState: (state: LinkState) => void;
  /** It ended, or cannot be shown any more; with the sentence that says so. */
  onEnd: (sentence: string) => void;
}

const RETRY_MS = 1_000;

/**
 * Follows a terminal's output until it ends or the returned function is called. A lost connection is opened again where
 * it broke off. By fetch and not by EventSource: what is not read yet stays in the connection, and the terminal in the box
 * waits, so that no output piles up in the browser. Every other error is an end.
 */
export function followTerminal(terminal: { id: string; key?: string }, handlers: LinkHandlers): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let seq = 0;

  function end(sentence: string): void {
    handlers.onState('ended');
    handlers.onEnd(sentence);
  }

  /** Reads the stream to its end; returns whether the terminal ended. */
  async function readOnce(): Promise<boolean> {
    const parts: TerminalOutput[] = [];
    const parser = createParser({
      onEvent: ({ data }) => parts.push(readStreamed('followTerminal', data) as TerminalOutput),
    });
    const reader = (await openStream('followTerminal', { ...terminal, after: seq }, signal)).getReader();
    handlers.onState('connected');
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await reader.read().catch((cause: unknown) => {
        throw new HiveError('hive_unreachable', 'The stream broke off.', { cause });
      });
      if (done) return false;
      parser.feed(decoder.decode(value, { stream: true }));
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        await handlers.show(part);
        ({ seq } = part);
        if (part.end === undefined) continue;
        end(`The terminal ended: ${sayTerminalEnd(part.end.why, part.end.exitCode)}.`);
        return true;
      }
    }
  }

  async function follow(): Promise<void> {
    handlers.onState('connecting');
    while (!signal.aborted) {
      const ended = await readOnce().catch((error: unknown) => {
        if (signal.aborted || (error instanceof HiveError && error.code === 'hive_unreachable')) return false;
        end(sayProblem(error));
        // What is left of the connection would hold the terminal.
        stop.abort();
        return true;
      });
      if (ended || signal.aborted) return;
      handlers.onState('lost');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  void follow();
  return () => stop.abort();
}

function sayProblem(error: unknown): string {
  if (error instanceof HiveError && error.code === 'unknown_terminal') return ENDED_UNSEEN;
  return `The terminal cannot be shown any more: ${error instanceof Error ? error.message : String(error)}`;
}
