import type { Driver, DriverPlace, TurnReport, TurnRequest } from '../driver.ts';
import { notStarted } from '../stops.ts';
import { type AcpProcess, type AcpProgram, startAcp } from './acp-process.ts';
import { talk, type Talk } from './talk.ts';

/**
 * Drives a program that speaks the Agent Client Protocol. A process is kept for the next turns; a further session
 * replaces the open one.
 */
export function createAcpDriver(place: DriverPlace, program: AcpProgram): Driver {
  let warm: AcpProcess | null = null;
  let running: Talk | null = null;
  let idle: NodeJS.Timeout | undefined;

  async function letGo(why: string): Promise<void> {
    clearTimeout(idle);
    const ending = warm;
    warm = null;
    await ending?.end(why);
  }

  async function runTurn(request: TurnRequest): Promise<TurnReport> {
    clearTimeout(idle);
    if (program.path === '') return notStarted('The spec names no command to run.', request);
    if (warm?.isUsable() !== true) {
      await letGo('It cannot be used any more.');
      try {
        await program.prepare?.('start');
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return notStarted(`The program cannot be started: ${why}`, request);
      }
      warm = startAcp(program, place);
    }
    running = talk(warm, request, { place, program });
    try {
      return await running.ended;
    } finally {
      running = null;
      idle = setTimeout(() => void letGo('Nothing to do.'), place.warmIdleMs).unref();
    }
  }

  return {
    runTurn,
    say: (words) => running?.say(words) ?? false,
    activity: () => running?.activity() ?? null,
    ...(program.attach === undefined ? {} : { attach: program.attach }),
    letGo,
    rssBytes: () => warm?.rssBytes() ?? Promise.resolve(null),
  };
}
