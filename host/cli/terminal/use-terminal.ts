import { once } from 'node:events';
import { HiveError } from '../../../protocol/errors.ts';
import type { OpOutput } from '../../../protocol/op.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { terminalOperations } from '../../../protocol/operations/terminals.ts';
import type { TerminalKind, TerminalOutput } from '../../../protocol/schemas/terminal.ts';
import { MAX_TYPED_CHARS } from '../../../protocol/terminal-words.ts';
import { pause } from '../../../system/pause.ts';
import { createTypedSender } from '../../../system/terminal/send-typed.ts';
import { createTerminalModes } from '../../../system/terminal/terminal-modes.ts';
import type { CliContext } from '../context.ts';
import type { Tty } from '../output/terminal.ts';
import { createLocalKeys } from './local-keys.ts';
import { createPlainLineFeeds } from './plain-line-feeds.ts';

/** Typed text beyond this is not read from the terminal until some of it was sent. */
const MOST_WAITING = 4 * MAX_TYPED_CHARS;
const RETRY_MS = 500;

type Opened = OpOutput<(typeof terminalOperations)['openTerminal']>;
type Held = Opened & { key: string };
/** How a terminal ended; `unseen`: while hivectl was not connected, and nobody knows how. */
export type TerminalEnding = NonNullable<TerminalOutput['end']> | { why: 'unseen'; exitCode: null };

/** The operator's own terminal. Throws `invalid_input` when hivectl does not run in one. */
export function requireTty({ io }: CliContext): Tty {
  if (io.tty === null)
    throw new HiveError(
      'invalid_input',
      'This needs a terminal: run it in one, without a pipe at its input or output.',
    );
  return io.tty;
}

/**
 * Opens a terminal in an agent's box, and connects it with the operator's until it ends (returns how), or they leave
 * (null). A conversation that somebody else has open is watched; `onWatch` is called before.
 */
export async function useTerminal(
  context: CliContext,
  ask: { name: AgentName; kind: TerminalKind; whenIdle?: boolean },
  onWatch: () => void = () => undefined,
): Promise<TerminalEnding | null> {
  const tty = requireTty(context);
  const opened = await context.hive.call('openTerminal', { ...ask, ...tty.size() });
  const { id } = opened.terminal;
  if (opened.key === null) {
    onWatch();
    return showTerminal(context, { id }, context.signal);
  }
  const held = { ...opened, key: opened.key };
  const left = new AbortController();
  const signal = AbortSignal.any([context.signal, left.signal]);
  let stop = () => {};
  let end: TerminalEnding | null = null;
  try {
    stop = typeInto(context, { tty, held, leave: () => left.abort() });
    end = await showTerminal(context, { id, key: held.key }, signal);
    return end;
  } finally {
    stop();
    // The operator leaves, hivectl is ended, or something failed: nobody needs the grace period. The interrupted signal
    // ends no call here.
    if (end === null)
      await context.hive.call('closeTerminal', { id }, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  }
}

/** Sends keys and sizes of the operator's terminal until the returned function is called, which restores it. */
function typeInto(context: CliContext, { tty, held, leave }: { tty: Tty; held: Held; leave: () => void }): () => void {
  const { stdin } = context.io;
  const holder = { id: held.terminal.id, key: held.key };
  const takeKeys = createLocalKeys();
  const decoder = new TextDecoder();
  let isOver = false;
  /** What was typed last may arrive when the operator has left: input that is read keeps hivectl from ending. */
  const readOn = () => {
    if (!isOver) stdin.resume();
  };
  const sender = createTypedSender({
    maxChars: MAX_TYPED_CHARS,
    send: (text) => context.hive.call('typeInTerminal', { ...holder, text }),
    onSent: () => {
      if (sender.waiting() < MOST_WAITING) readOn();
    },
    // The terminal's end, or hived's, is noticed by what follows its output.
    onError: readOn,
  });
  const take = (chunk: Buffer | string) => {
    const typed = takeKeys(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    if (typed.text !== '') sender.type(typed.text);
    if (sender.waiting() >= MOST_WAITING) stdin.pause();
    if (typed.leave) leave();
  };
  const stopSizes = tty.onResize(() => {
    void context.hive.call('resizeTerminal', { ...holder, ...tty.size() }).catch(() => undefined);
  });
  stdin.setRawMode?.(true);
  stdin.on('data', take).on('end', leave);
  stdin.resume();
  return () => {
    isOver = true;
    stopSizes();
    stdin.off('data', take).off('end', leave);
    stdin.setRawMode?.(false);
    stdin.pause();
  };
}

/**
 * Shows a terminal's output on stdout until it ends (returns how), or the signal fires (null). A lost connection is
 * opened again where it broke off. At the end, modes that the output switched on are switched off again.
 */
export async function showTerminal(
  context: CliContext,
  terminal: { id: string; key?: string },
  signal: AbortSignal,
): Promise<TerminalEnding | null> {
  const { stdout } = context.io;
  const modes = createTerminalModes();
  const lineFeeds = createPlainLineFeeds();
  let seq = 0;
  const write = async (text: string) => {
    modes.take(text);
    if (text !== '' && !stdout.write(lineFeeds(text))) await once(stdout, 'drain', { signal }).catch(() => undefined);
  };
  try {
    while (!signal.aborted) {
      try {
        for await (const part of context.hive.stream('followTerminal', { ...terminal, after: seq }, { signal })) {
          // Output was lost while the connection was: the screen begins anew.
          if (part.reset === true && seq > 0) await write(`${modes.undo()}\u001b[2J\u001b[H`);
          ({ seq } = part);
          await write(part.text);
          if (part.end !== undefined) return part.end;
        }
      } catch (error) {
        if (signal.aborted) return null;
        if (!(error instanceof HiveError)) throw error;
        if (error.code === 'unknown_terminal') return { why: 'unseen', exitCode: null };
        if (error.code !== 'hive_unreachable') throw error;
      }
      await pause(RETRY_MS, signal);
    }
    return null;
  } finally {
    stdout.write(modes.undo());
  }
}
