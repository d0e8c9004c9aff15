import type { ChildProcess } from 'node:child_process';
import { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { endGroup, signalGroup } from './process-group.ts';
import { endOf, type ProgramEnd, type ProgramSpec, spawnChild } from './spawn-child.ts';

/** A running program with pipes, the leader of a process group of its own. */
export interface Program {
  /** Null when it could not be started. */
  readonly pid: number | null;
  /** Writes to a program that has ended are discarded without an error. */
  readonly stdin: Writable;
  /**
   * Both outputs must be read (or resumed) from the start: after the end of a program, Node drops output that is not
   * read.
   */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The program's descriptor 3, for both directions, if it was asked for. It must be read from the start, too. */
  readonly talk: Duplex | null;
  /**
   * Fulfilled once, when the program has ended, its process group is empty and its output was read. Never rejects.
   * Output that a process outside the group holds open is abandoned `drainMs` after the end of the program; output that
   * the reader has not consumed yet is not.
   */
  readonly ended: Promise<ProgramEnd>;
  isRunning(): boolean;
  /**
   * Ends the program and its group in steps: end of input and `inputMs` for it (left out: none), SIGTERM and `graceMs`,
   * SIGKILL. The first call sets the grace periods; `kill` cuts them short. Resolves as `ended` does. Output that is
   * unread by then is dropped.
   */
  end(graces: { inputMs?: number; graceMs: number }): Promise<ProgramEnd>;
  /** SIGKILL to the program and its group, now. No error when they are gone. */
  kill(): void;
}

export interface StartOptions {
  /** What happens to processes in the group that outlive their leader. Default: `killed`. */
  readonly leftovers?: 'killed' | 'kept';
  /**
   * How many milliseconds after the program's end a process outside its group may hold its output open. Default: 1000.
   */
  readonly drainMs?: number;
  /**
   * Default: a pipe. `nothing`: /dev/null. Node's pipes are sockets, and some programs take a socket on stdin for a
   * remote caller: bash reads ~/.bashrc then.
   */
  readonly stdin?: 'pipe' | 'nothing';
  /** Whether the program gets a connection to us as descriptor 3, which its own children inherit. */
  readonly talks?: boolean;
}

const DRAIN_MS = 1_000;
/** How long to wait for a group after SIGKILL: a process stuck in the kernel ends only when the kernel allows it. */
const KILLED_MS = 1_000;

/**
 * Starts a program with pipes, in a session and process group of its own: a Ctrl-C in our terminal does not reach it.
 * Never throws: a start that fails is an end with `error`, and a program whose pipes are empty.
 */
export function startProgram(spec: ProgramSpec, options: StartOptions = {}): Program {
  const stdin = options.stdin === 'nothing' ? 'ignore' : 'pipe';
  const stdio = [stdin, 'pipe', 'pipe', ...(options.talks === true ? (['pipe'] as const) : [])] as const;
  const child = spawnChild(spec, { stdio: [...stdio], detached: true });
  return isStarted(child) ? manage(child, options) : neverStarted(endOf(child, 'close'));
}

type StartedChild = ChildProcess & { pid: number; stdin: Writable | null; stdout: Readable; stderr: Readable };

function isStarted(child: ChildProcess): child is StartedChild {
  const { pid, stdout, stderr } = child;
  return pid !== undefined && stdout instanceof Readable && stderr instanceof Readable;
}

function talkOf(child: StartedChild): Duplex | null {
  const pipe = child.stdio[3];
  return pipe instanceof Duplex ? pipe : null;
}

function writeNowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function manage(child: StartedChild, options: StartOptions): Program {
  const { pid, stdout, stderr } = child;
  const stdin = child.stdin ?? writeNowhere();
  const talk = talkOf(child);
  talk?.on('error', () => undefined);
  // A program that ends with unread input breaks its pipe; its end reports all that matters.
  stdin.on('error', () => undefined);
  const exited = endOf(child, 'exit');
  let isRunning = true;
  let isGroupGone = false;
  let ending: Promise<void> | null = null;

  async function outlive(): Promise<void> {
    await exited;
    isRunning = false;
    closeAfterDrain(child, options.drainMs ?? DRAIN_MS);
    // A program that was asked to end leaves its children their grace period; otherwise nobody uses their work any
    // longer.
    if (ending === null && options.leftovers !== 'kept') ending = endGroup(pid, [['SIGKILL', KILLED_MS]]);
    await ending;
    isGroupGone = true;
  }

  const ended = Promise.all([endOf(child, 'close'), outlive()]).then(([end]) => end);

  const letGo = () => {
    stdout.resume();
    stderr.resume();
    talk?.resume();
  };

  async function endInOrder(inputMs: number, graceMs: number): Promise<void> {
    if (inputMs > 0) {
      stdin.end();
      const cancel = new AbortController();
      await Promise.race([exited, wait(inputMs, undefined, { signal: cancel.signal }).catch(() => undefined)]);
      cancel.abort();
    }
    letGo();
    await endGroup(pid, [
      ['SIGTERM', graceMs],
      ['SIGKILL', KILLED_MS],
    ]);
  }

  return {
    pid,
    stdin,
    stdout,
    stderr,
    talk,
    ended,
    isRunning: () => isRunning && child.exitCode === null && child.signalCode === null,
    end({ inputMs = 0, graceMs }) {
      if (!isGroupGone) ending ??= endInOrder(inputMs, graceMs);
      return ended;
    },
    kill() {
      if (isGroupGone) return;
      if (ending === null) ending = endGroup(pid, [['SIGKILL', KILLED_MS]]);
      else signalGroup(pid, 'SIGKILL');
      letGo();
    },
  };
}

function neverStarted(ended: Promise<ProgramEnd>): Program {
  let isRunning = true;
  void ended.then(() => (isRunning = false));
  return {
    pid: null,
    stdin: writeNowhere(),
    stdout: Readable.from([]),
    stderr: Readable.from([]),
    talk: null,
    ended,
    isRunning: () => isRunning,
    end: () => ended,
    kill: () => undefined,
  };
}

/**
 * Closes the pipes of a program that has ended, after `drainMs`: a process that left the group may hold them open for
 * ever. Not while unread data is in them. Each check runs after the event loop polled for available data twice, because
 * a reader may take a chunk just before.
 */
function closeAfterDrain(child: StartedChild, drainMs: number): void {
  const { stdin, stdout, stderr } = child;
  let looksEmpty = 0;
  const check = () => {
    const isEmpty = [stdout, stderr].every((pipe) => pipe.readableLength === 0);
    looksEmpty = isEmpty ? looksEmpty + 1 : 0;
    if (looksEmpty === 2) for (const pipe of [stdin, stdout, stderr, talkOf(child)]) pipe?.destroy();
    else if (isEmpty) setImmediate(check);
    else timer = setTimeout(check, drainMs);
  };
  let timer = setTimeout(() => setImmediate(check), drainMs);
  child.once('close', () => clearTimeout(timer));
}
