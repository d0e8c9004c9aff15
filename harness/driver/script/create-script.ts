import type { CreateDriver, Driver, DriverPlace, TurnReport, TurnRequest } from '../driver.ts';
import { composeBoxEnv } from '../process/box-env.ts';
import { FRESH_NOTE, joinPrompts } from '../prompts.ts';
import { notStarted } from '../stops.ts';
import { type Run, runProgram, type ScriptProgram } from './run-program.ts';

/** Drives an operator's program: `command` of the spec, started for each wake in the agent's own directory. */
export const createScript: CreateDriver = (place) => {
  const [path = '', ...argv] = place.spec.command ?? [];
  return createScriptDriver(place, { path, argv, env: composeBoxEnv(place), silentMs: place.silentMs });
};

/** The same with limits for tests. */
export function createScriptDriver(place: DriverPlace, program: ScriptProgram): Driver {
  let run: Run | null = null;

  function start(request: TurnRequest): Run['ended'] {
    run = runProgram(place, program, request);
    return run.ended;
  }

  async function runTurn(request: TurnRequest): Promise<TurnReport> {
    if (program.path === '') return notStarted('The spec names no command to run.', request);
    try {
      const first = await start(request);
      if (!first.conversationMissing || request.sessionId === null) return first.report;
      const prompt = joinPrompts([{ text: FRESH_NOTE, messages: [] }, request.prompt]);
      return (await start({ ...request, prompt, sessionId: null })).report;
    } finally {
      run = null;
    }
  }

  return {
    runTurn,
    // Its input is closed: mail that arrives meanwhile becomes a further wake.
    say: () => false,
    activity: () => run?.activity() ?? null,
    letGo: async () => run?.cli.end({ inputMs: 0, graceMs: program.graceMs ?? 2_000 }),
    rssBytes: () => run?.cli.rssBytes() ?? Promise.resolve(null),
  };
}
