import { join } from 'node:path';
import { pause } from '../../../system/pause.ts';
import { isAnswered } from '../../../system/socket/is-answered.ts';
import type { DriverPlace, Launch } from '../driver.ts';
import { type CliProcess, startCli } from '../process/cli-process.ts';
import { describeExit } from '../process/describe-exit.ts';
import type { CodexProgram } from './app-server.ts';
import { composeServerArgv, composeTerminalArgv, composeTerminalEnv } from './launch.ts';

/** The CLI's own terminal interface for a person, and the app-server that it talks to. */
export interface CodexTerminal {
  readonly launch: Launch;
  /** Ends the app-server; without it the interface ends, too. */
  end(): Promise<void>;
}

/** A busy machine may need a minute for the start. In ms. */
const START_MS = 120_000;
const LOOK_MS = 50;

/**
 * Prepares the CLI's terminal interface for a person who continues a thread. Alone it would ask at each start whether the
 * files of the agent's directory are trusted, and read settings there if they are. So it is only the screen of an
 * app-server of the driver's, which has the settings of every turn and trusts no file. Throws when that does not start.
 */
export async function openCodexTerminal(
  program: CodexProgram,
  place: DriverPlace,
  { homeDir, threadId }: { homeDir: string; threadId: string },
): Promise<CodexTerminal> {
  const socket = join(homeDir, 'terminal.sock');
  const cwd = place.stateDir;
  const server = startCli(program.path, {
    argv: composeServerArgv(program.argv, socket),
    env: program.env,
    cwd,
    record: place.record,
  });
  try {
    await waitForSocket(socket, server);
  } catch (error) {
    await server.end();
    throw error;
  }
  const argv = [program.path, ...composeTerminalArgv(program.argv, { socket, threadId })];
  return { launch: { argv, env: composeTerminalEnv(program.env), cwd }, end: () => server.end() };
}

async function waitForSocket(path: string, server: CliProcess): Promise<void> {
  const over = new AbortController();
  const deadline = AbortSignal.any([over.signal, AbortSignal.timeout(START_MS)]);
  let why = 'The CLI does not listen for its terminal interface.';
  const tellEnd = async () => {
    why = describeExit(await server.exited);
    over.abort();
  };
  void tellEnd();
  while (!(await isAnswered(path))) {
    if (deadline.aborted) throw new Error(why);
    await pause(LOOK_MS, deadline);
  }
}
