import { PassThrough, Readable, Writable } from 'node:stream';
import { adminSurface } from '../../../protocol/operations/admin.ts';
import { forgeSurface } from '../../../protocol/operations/services.ts';
import { connectSurface } from '../../../wire/client.ts';
import type { Settings } from '../config.ts';
import type { Tty } from '../output/terminal.ts';
import { followSignal } from '../follow-signal.ts';
import { runCommandLine } from '../program.ts';

/** The result of a hivectl run. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Piped into stdin. */
  readonly stdin?: Uint8Array;
  /** stdin itself. */
  readonly keys?: Readable;
  /** Typed at a terminal, line by line; with it stdin is a terminal. */
  readonly typed?: string;
  /** The value of $EDITOR. */
  readonly editor?: string;
  readonly color?: boolean;
  /** Width of the terminal in cells; undefined: not a terminal. */
  readonly columns?: number;
  /** The terminal that hivectl runs in; undefined: none. */
  readonly tty?: Tty;
  readonly now?: number;
  readonly signal?: AbortSignal;
  /** The directory of the toolchain; undefined: one that does not exist. */
  readonly toolchain?: string;
  /** Called with all of stdout whenever it has grown. */
  readonly onOut?: (out: string) => void;
  readonly onErr?: (err: string) => void;
}

/** Runs a hivectl command line in this process against a socket. */
export async function runHivectl(socket: string, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const signal = options.signal ?? new AbortController().signal;
  const hive = followSignal(adminSurface, connectSurface(adminSurface, socket), signal);
  const forge = followSignal(forgeSurface, connectSurface(forgeSurface, `${socket}.forge`), signal);
  const out = collect(options.onOut);
  const err = collect(options.onErr);
  try {
    const code = await runCommandLine(
      {
        settings: settingsFor(socket, options),
        io: {
          stdout: out.stream,
          stderr: err.stream,
          stdin: stdinOf(options),
          columns: () => options.columns ?? null,
          color: options.color ?? false,
          tty: options.tty ?? null,
        },
        hive,
        forge,
        signal,
        dist: '/nonexistent',
        now: () => options.now ?? 0,
      },
      argv,
    );
    return { code, out: out.text(), err: err.text() };
  } finally {
    await Promise.all([hive.close(), forge.close()]);
  }
}

function stdinOf({ keys, stdin, typed, tty }: RunOptions): Readable & { isTTY?: boolean } {
  if (keys !== undefined) return keys;
  if (tty !== undefined) return new PassThrough();
  if (typed !== undefined) return Object.assign(Readable.from([Buffer.from(typed)]), { isTTY: true });
  return Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]);
}

function settingsFor(socket: string, { editor, toolchain }: RunOptions): Settings {
  return {
    root: '/nonexistent',
    run: '/nonexistent',
    adminSocket: socket,
    forgeSocket: `${socket}.forge`,
    configFile: '/nonexistent/config.yaml',
    logFile: '/nonexistent/hived.log',
    toolchain: toolchain ?? '/nonexistent/toolchain',
    engineSocket: '/nonexistent/docker.sock',
    engineStart: 'never',
    dashboard: { host: '127.0.0.1', port: 1 },
    image: 'hyperhive/base:latest',
    privileged: false,
    dockerHost: null,
    color: null,
    childEnv: editor === undefined ? {} : { EDITOR: editor, PATH: '/usr/bin:/bin' },
  };
}

function collect(onText: ((text: string) => void) | undefined) {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      onText?.(text);
      done();
    },
  });
  return { stream, text: () => text };
}
