import { HiveError } from '../../protocol/errors.ts';
import type { HelloInput, HelloOutput, TurnOffer } from '../../protocol/schemas/harness.ts';
import type { ToolProcesses } from '../box/inspect-tool.ts';
import type { BoxWatch } from '../box/watch-box.ts';
import type { Driver } from '../driver/driver.ts';
import { type Pulse, startHeartbeat } from '../hive-link/heartbeat.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { retryWhileAway } from '../hive-link/retry.ts';
import type { Emit } from '../spool/spool.ts';
import { askLimit } from './ask-limit.ts';
import { introduce, mayPass } from './introduce.ts';
import { createModes } from './modes.ts';
import { reportFiles } from './report-files.ts';
import { createTurns } from './run-turn.ts';
import { sayActivity } from './say-activity.ts';
import type { Takeover } from './takeover.ts';
import { createWakeups } from '../../system/pause.ts';
import type { TurnMail } from './turn-mail.ts';
import { watchTurn } from './watch-turn.ts';

/** Dependencies of the engine; it reads no clock, file or environment of its own. */
export interface EngineParts {
  hive: HiveClient;
  hello: HelloInput;
  /** The driver tells its events to `emit`. */
  makeDriver: (greeting: HelloOutput, emit: Emit) => Driver;
  /** Reads again what drivers are made from beside the greeting: true if it has changed. */
  readAgain: () => Promise<boolean>;
  emit: Emit;
  /** Resolves when hived has every event so far, after `forMs`, or when the signal aborts. */
  waitSent: (forMs: number, signal: AbortSignal) => Promise<void>;
  mail: TurnMail;
  /** Told of each turn before its driver is. */
  onTurn: (turn: number) => void;
  /** The agent's own directory. */
  stateDir: string;
  now: () => number;
  log: (line: string) => void;
  /** The engine did what its transition table forbids. */
  onBug: (what: string) => void;
  rssBytes: () => Promise<number | null>;
  /** Detects shortages of the box while a turn runs; null where they cannot be detected. */
  box: BoxWatch | null;
  /** The processes of the running tool of the CLI with this pid; null where they cannot be inspected. */
  inspectTool: (cli: number) => Promise<ToolProcesses | null>;
  /** A person in the conversation; turns wait meanwhile. */
  takeover: Takeover;
  /** Within [0, 1). */
  random: () => number;
  /** How long hived may hold a wake request, in ms. */
  waitMs?: number;
  /** How long no turn is requested after one on which hived failed, in ms. */
  brokenPauseMs?: number;
  /** How long a shutdown may take to report an interrupted turn to hived, in ms. */
  lastWordsMs?: number;
}

/**
 * The life of a harness: hello → wake → turn → finish → wake … until `signal` aborts, through the modes of modes.ts.
 * hived may be down at any point, for any time. Whatever happens in a turn ends as a `finish`; only the signal ends
 * the loop.
 */
export async function runEngine(parts: EngineParts, signal: AbortSignal): Promise<void> {
  const { hive, log, now } = parts;
  const { bootId } = parts.hello;
  const waitMs = parts.waitMs ?? 30_000;
  const away = {
    onAway: (error: HiveError) => log(`hived does not answer (${error.code}); trying for ever`),
    onBack: () => log('hived is back'),
  };
  const watch = watchTurn(parts.emit);
  const makeDriver = (greeting: HelloOutput) => parts.makeDriver(greeting, watch.emit);
  const introduction = await introduce({ ...parts, makeDriver, away }, signal);
  const modes = createModes({
    now,
    onBug: parts.onBug,
    onStatus: (status) => {
      parts.emit('harness.state', status);
      heart.beat();
    },
  });
  const turns = createTurns({
    ...parts,
    bootId,
    introduction,
    modes,
    watch,
    away,
    askLimit: () => askLimit({ hive, takePulse: async () => ({ bootId, ...(await takePulse()) }), away, signal }),
    waitMs,
    brokenPauseMs: parts.brokenPauseMs ?? 60_000,
    lastWordsMs: parts.lastWordsMs ?? 1_500,
    signal,
  });
  const heart = startHeartbeat(hive, {
    bootId,
    leaseMs: () => introduction.greeting().leaseMs,
    handlers: {
      read: takePulse,
      onTurnLost: (turn) => turns.stop(turn, 'turn_lost'),
      onInterrupt: (turn) => turns.stop(turn, 'operator'),
    },
  });

  async function takePulse(): Promise<Pulse> {
    const running = turns.running();
    const status = modes.status();
    const phase = modes.phase();
    const driver = introduction.driver();
    return {
      turn: running?.turn ?? null,
      fence: running?.fence ?? null,
      status: status.state === 'working' ? { ...status, reason: sayActivity(driver.activity(), now()) } : status,
      ...(phase === null ? {} : { phase }),
      rssBytes: await parts.rssBytes(),
      cliRssBytes: await driver.rssBytes(),
    };
  }

  async function nextOffer(): Promise<TurnOffer | null> {
    const cli = (await introduction.driver().rssBytes()) === null ? 'none' : 'warm';
    const ask = () =>
      hive.call('wake', { bootId, waitMs, knowsSessions: true, cli }, { signal, timeoutMs: waitMs + 15_000 });
    try {
      const { turn, letGo } = await retryWhileAway(ask, { signal, isTransient: mayPass, ...away });
      if (letGo !== undefined) await introduction.driver().letGo(letGo);
      return turn;
    } catch (error) {
      if (!(error instanceof HiveError) || error.code !== 'stale_boot') throw error;
      await introduction.again();
      return null;
    }
  }

  const turnEnds = createWakeups();
  parts.takeover.serve({
    facts: () => ({ sessionId: turns.sessionId(), hasTerminal: introduction.driver().attach !== undefined }),
    async isHeldForPerson() {
      const pulse = { bootId, ...(await takePulse()), knowsTakeover: true };
      return (await hive.call('heartbeat', pulse, { signal, timeoutMs: 10_000 })).takenOver === true;
    },
    turnRuns: () => turns.running() !== null,
    async turnOver(gone) {
      while (turns.running() !== null && !gone.aborted) await turnEnds.wait(Infinity, gone);
    },
    async launch() {
      const driver = introduction.driver();
      const sessionId = turns.sessionId();
      if (driver.attach === undefined || sessionId === null) throw new Error('there is nothing to attach to');
      await driver.letGo('A person continues the conversation.');
      return driver.attach(sessionId);
    },
    left: () => introduction.driver().letGo('The person left the conversation.'),
  });

  const onShutdown = () => turns.stop(null, 'shutdown');
  signal.addEventListener('abort', onShutdown, { once: true });
  modes.enter('idle');
  const tidyFiles = () => reportFiles({ hive, bootId, files: introduction.driver().files, log, signal });
  try {
    await tidyFiles();
    while (!signal.aborted) {
      const offer = await nextOffer();
      if (offer === null) continue;
      await parts.takeover.takeBack(signal);
      await introduction.renew();
      await turns.run(offer);
      turnEnds.wake();
      // A further conversation is a further file.
      if (offer.session?.choice === 'fresh' || offer.session?.choice === 'fork') await tidyFiles();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    modes.enter('stopping');
    signal.removeEventListener('abort', onShutdown);
    await heart.stop();
    await introduction.driver().letGo('The harness is shutting down.');
  }
}
