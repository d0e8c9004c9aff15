import type { ProgramEnd } from '../../../../system/process/spawn-child.ts';
import type { Runtime } from '../runtime.ts';
import { decideEngine, type EngineFacts } from './decide-engine.ts';
import { type EnginePlaces, enginePlaces, findEngine, startEngine } from './engine-process.ts';
import { pause } from '../../../../system/pause.ts';
import { exists } from '../../../../system/exists.ts';

/** Intervals of checks whether the engine answers, in milliseconds. */
const FINE_PAUSE_MS = 2_000;
const AWAY_PAUSE_MS = 250;

export interface EngineKeeperOptions {
  readonly runtime: Pick<Runtime, 'ping'>;
  readonly socketPath: string;
  /** `engine.start: auto`. */
  readonly mayStart: boolean;
  /** Additional arguments for dockerd. */
  readonly args: readonly string[];
  /** Log file of a dockerd that is started here. */
  readonly logFile: string;
  /** Called once when the engine has been away for 3 s. */
  readonly onLost: (reason: string) => void;
  /** It answers again; `awayMs` since its last answer. */
  readonly onBack: (awayMs: number) => void;
  readonly log: (line: string) => void;
}

/** The keeper's memory between two checks. */
interface Memory {
  answeredAt: number;
  lost: boolean;
  starts: number;
  startedAt: number;
  /** The dockerd that was started here, while it lives. */
  childPid: number | null;
  said: string;
}

/**
 * Monitors the container engine until the signal fires: reports when it is lost and when it is back, and starts it
 * where nothing else would (decideEngine). A dockerd that was started here keeps running when hived ends. Never
 * rejects.
 */
export async function keepEngine(options: EngineKeeperOptions, signal: AbortSignal): Promise<void> {
  const places = enginePlaces(options.socketPath, options.args);
  const memory: Memory = {
    answeredAt: performance.now(),
    lost: false,
    starts: 0,
    startedAt: 0,
    childPid: null,
    said: '',
  };
  const machine = { isRoot: process.getuid?.() === 0, serviceManager: await hasServiceManager() };
  while (!signal.aborted) {
    const ping = await options.runtime.ping(signal);
    if (signal.aborted) return;
    if (ping.ok) noteAnswer(memory, options);
    else
      await act(
        { memory, options, places },
        {
          ...(await readFacts(memory, places)),
          ...machine,
          mayStart: options.mayStart,
          answered: false,
          reason: ping.reason,
        },
      );
    await pause(ping.ok ? FINE_PAUSE_MS : AWAY_PAUSE_MS, signal);
  }
}

function noteAnswer(memory: Memory, { onBack, log }: EngineKeeperOptions): void {
  const now = performance.now();
  const awayMs = Math.round(now - memory.answeredAt);
  memory.answeredAt = now;
  memory.starts = 0;
  memory.said = '';
  if (!memory.lost) return;
  memory.lost = false;
  log(`engine: back after ${awayMs} ms`);
  onBack(awayMs);
}

async function readFacts(
  memory: Memory,
  places: EnginePlaces,
): Promise<Pick<EngineFacts, 'awayMs' | 'livePid' | 'starts' | 'sinceStartMs'>> {
  const now = performance.now();
  return {
    awayMs: now - memory.answeredAt,
    livePid: memory.childPid ?? (await findEngine(places)),
    starts: memory.starts,
    sinceStartMs: now - memory.startedAt,
  };
}

async function act(
  { memory, options, places }: { memory: Memory; options: EngineKeeperOptions; places: EnginePlaces },
  facts: EngineFacts & { reason: string },
): Promise<void> {
  const decision = decideEngine(facts);
  if (decision.do === 'nothing') return;
  if (!memory.lost && (decision.do === 'start' || decision.lost)) {
    memory.lost = true;
    options.onLost(facts.reason);
  }
  if (decision.do === 'wait') {
    if (decision.lost && memory.said !== decision.why) options.log(`engine: away, ${decision.why}`);
    memory.said = decision.lost ? decision.why : '';
    return;
  }
  memory.starts += 1;
  memory.startedAt = performance.now();
  try {
    const { pid, ended } = await startEngine(places, options);
    options.log(`engine: dockerd started as process ${pid ?? 'none'}, log in ${options.logFile}`);
    memory.childPid = pid;
    void ended.then((end) => noteEnd({ memory, options }, { ...end, pid }));
  } catch (error) {
    options.log(`engine: dockerd could not be started: ${(error as Error).message}`);
  }
}

function noteEnd(
  { memory, options }: { memory: Memory; options: EngineKeeperOptions },
  end: ProgramEnd & { pid: number | null },
): void {
  if (memory.childPid === end.pid) memory.childPid = null;
  const how = end.error?.message ?? end.signal ?? `exit code ${end.code}`;
  options.log(`engine: dockerd ended (${how})`);
}

/** systemd's own test for itself. */
function hasServiceManager(): Promise<boolean> {
  return exists('/run/systemd/system');
}
