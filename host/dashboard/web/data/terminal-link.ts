import { createParser } from 'eventsource-parser';
import { HiveError } from '../../../../protocol/errors.ts';
import type { TerminalOutput } from '../../../../protocol/schemas/terminal.ts';
import { callHive, openStream, readStreamed } from './api.ts';

/** Where the page is with a terminal's output. */
export type LinkState = 'connecting' | 'connected' | 'lost' | 'ended';

export interface LinkHandlers {
  /** Shows a piece of output; the next one is read when it resolves. */
  show: (part: TerminalOutput) => Promise<void>;
  onState: (state: LinkState) => void;
  /** It ended; null when nobody knows how, because the hive was started anew meanwhile. */
  onEnd: (end: NonNullable<TerminalOutput['end']> | null) => void;
}

const RETRY_MS = 1_000;

/**
 * Follows a terminal's output until it ends or the returned function is called. A lost connection is opened again where
 * it broke off. By fetch and not by EventSource: what is not read yet stays in the connection, and the terminal in the box
 * waits, so that no output piles up in the browser.
 */
export function followTerminal(terminal: { id: string; key?: string }, handlers: LinkHandlers): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let seq = 0;

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
      const { value, done } = await reader.read();
      if (done) return false;
      parser.feed(decoder.decode(value, { stream: true }));
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        await handlers.show(part);
        ({ seq } = part);
        if (part.end === undefined) continue;
        handlers.onState('ended');
        handlers.onEnd(part.end);
        return true;
      }
    }
  }

  /** Whether the hive still has the terminal; false only when it answered. */
  async function isOpen(): Promise<boolean> {
    const answer = await callHive('listTerminals', {}, signal).catch(() => null);
    return answer === null || answer.terminals.some(({ id }) => id === terminal.id);
  }

  async function follow(): Promise<void> {
    handlers.onState('connecting');
    while (!signal.aborted) {
      const ended = await readOnce().catch((error: unknown) => {
        if (!signal.aborted && error instanceof HiveError && error.code === 'internal') throw error;
        return false;
      });
      if (ended || signal.aborted) return;
      handlers.onState('lost');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (signal.aborted || (await isOpen())) continue;
      handlers.onState('ended');
      handlers.onEnd(null);
      return;
    }
  }

  void follow();
  return () => stop.abort();
}
