import { setTimeout as wait } from 'node:timers/promises';
import { HiveError } from '../../protocol/errors.ts';
import type { FinishInput, HarnessState, HelloOutput, TurnOffer } from '../../protocol/schemas/harness.ts';
import type { Shortage } from '../box/decide-shortage.ts';
import type { BoxWatch } from '../box/watch-box.ts';
import { cutText } from '../driver/cut-text.ts';
import { type Driver, NO_USAGE, type StopReason, type TurnReport, type Verdict } from '../driver/driver.ts';
import { type Pulse, startHeartbeat } from '../hive-link/heartbeat.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { isHiveBroken, retryWhileAway } from '../hive-link/retry.ts';
import type { Emit } from '../spool/spool.ts';
import { composePrompt, sayFresh } from './compose-prompt.ts';
import { type After, NO_STREAK, decideAfter } from './decide-after.ts';
import { driveTurn } from './drive-turn.ts';
import { causeOf, FAULTS } from './faults.ts';
import { sayActivity } from './say-activity.ts';
import type { TurnMail } from './turn-mail.ts';

/** Everything the engine needs; it reads no clock, file or environment of its own. */
export interface EngineParts {
  hive: HiveClient;
  hello: { bootId: string; generation: number; harnessVersion: string; pid: number };
  makeDriver: (greeting: HelloOutput) => Driver;
  emit: Emit;
  mail: TurnMail;
  now: () => number;
  log: (line: string) => void;
  rssBytes: () => Promise<number | null>;
  /** What the box lacks while a turn runs, where that can be seen. */
  box: BoxWatch | null;
  /** Within [0, 1). */
  random: () => number;
  /** How long hived may hold a wake request, in ms. */
  waitMs?: number;
  /** How long no turn is asked for after one that hived broke on, in ms. */
  brokenPauseMs?: number;
  /** How long a shutdown may take to tell hived about an interrupted turn, in ms. */
  lastWordsMs?: number;
}

interface Running {
  readonly offer: TurnOffer;
  readonly stop: AbortController;
}

/**
 * The life of a harness: hello → wake → turn → finish → wake … until `signal` fires. hived may be away at any
 * point, for any time. Whatever a turn does ends as a `finish`; only the signal ends the loop.
 */
export async function runEngine(parts: EngineParts, signal: AbortSignal): Promise<void> {
  const { hive, emit, log, mail, now, random } = parts;
  const { bootId } = parts.hello;
  const waitMs = parts.waitMs ?? 30_000;
  const lastWordsMs = parts.lastWordsMs ?? 1_500;
  const brokenPauseMs = parts.brokenPauseMs ?? 60_000;
  let status: HarnessState = { state: 'idle', reason: null, until: null };
  let parkedUntil: NodeJS.Timeout | undefined;
  let running: Running | null = null;
  let streak = NO_STREAK;
  /** For the agent, with its next turn: what was done in its box; that its conversation is a fresh one, until a model answered it. */
  let note: string | null = null;
  let freshNote: string | null = null;

  const away = {
    onAway: (error: HiveError) => log(`hived does not answer (${error.code}); trying for ever`),
    onBack: () => log('hived is back'),
  };

  // Nothing hived can answer to a hello or a wake is a reason to go: a box without a harness helps nobody.
  const whatever = (error: unknown) => error instanceof HiveError && error.code !== 'stale_boot';
  const sayHello = () =>
    retryWhileAway(() => hive.call('hello', parts.hello, { signal }), { signal, isTransient: whatever, ...away });

  let greeting = await sayHello();
  let driver = parts.makeDriver(greeting);
  let { sessionId } = greeting;
  log(`hello answered: ${greeting.agent}, generation ${parts.hello.generation}`);

  const heart = startHeartbeat(hive, {
    bootId,
    leaseMs: () => greeting.leaseMs,
    handlers: {
      read: async (): Promise<Pulse> => ({
        turn: running?.offer.turn ?? null,
        fence: running?.offer.fence ?? null,
        status: status.state === 'working' ? { ...status, reason: sayActivity(driver.activity(), now()) } : status,
        rssBytes: await parts.rssBytes(),
        cliRssBytes: await driver.rssBytes(),
      }),
      onTurnLost: (turn) => stopTurn(turn, 'turn_lost'),
      onInterrupt: (turn) => stopTurn(turn, 'operator'),
    },
  });
  const onShutdown = () => running?.stop.abort('shutdown' satisfies StopReason);
  signal.addEventListener('abort', onShutdown, { once: true });

  function stopTurn(turn: number, reason: StopReason): void {
    if (running?.offer.turn === turn) running.stop.abort(reason);
  }

  function setStatus(next: HarnessState): void {
    clearTimeout(parkedUntil);
    const changed = next.state !== status.state || next.reason !== status.reason || next.until !== status.until;
    status = next;
    if (next.until !== null)
      parkedUntil = setTimeout(
        () => setStatus({ state: 'idle', reason: null, until: null }),
        timerMs(next.until - now()),
      ).unref();
    if (!changed) return;
    emit('harness.state', next);
    heart.beat();
  }

  /** hived forgot this boot (another one said hello since): introduce it again. */
  async function helloAgain(): Promise<void> {
    log('hived wants another hello');
    const before = JSON.stringify([greeting.spec, greeting.parent]);
    greeting = await sayHello();
    if (JSON.stringify([greeting.spec, greeting.parent]) === before) return;
    await driver.letGo('The spec changed.');
    driver = parts.makeDriver(greeting);
  }

  async function nextOffer(): Promise<TurnOffer | null> {
    const ask = () => hive.call('wake', { bootId, waitMs }, { signal, timeoutMs: waitMs + 15_000 });
    try {
      return (await retryWhileAway(ask, { signal, isTransient: whatever, ...away })).turn;
    } catch (error) {
      if (!isCode(error, 'stale_boot')) throw error;
      await helloAgain();
      return null;
    }
  }

  async function runTurn(offer: TurnOffer): Promise<void> {
    const turn: Running = { offer, stop: new AbortController() };
    const startedAt = now();
    running = turn;
    mail.begin(offer.deliveries);
    setStatus({ state: 'working', reason: null, until: null });
    if (signal.aborted) onShutdown();
    await parts.box?.begin();
    const report = await drive(turn);
    const { verdict, shortage } = await accuse(report.verdict);
    if (shortage !== null) await makeRoom(shortage);
    const after = judge(verdict);
    streak = after.streak;
    const before = sessionId;
    sessionId = after.session === 'drop' ? null : (report.sessionId ?? sessionId);
    if (report.answered) freshNote = null;
    if (sessionId === null && before !== null) freshNote = sayFresh(after.reason);
    if (turn.stop.signal.reason !== ('turn_lost' satisfies StopReason))
      await tellFinish({
        bootId,
        turn: offer.turn,
        fence: offer.fence,
        outcome: after.outcome,
        text: cutText(report.text, 16_384).text,
        reason: after.reason,
        notBefore: after.notBefore,
        sessionId,
        usage: report.usage,
        durationMs: Math.max(0, Math.round(now() - startedAt)),
        toolCalls: report.toolCalls,
        workCalls: report.workCalls,
        answered: report.answered,
      });
    running = null;
    setStatus(after.status);
  }

  function drive({ offer, stop }: Running): Promise<TurnReport> {
    const request = {
      turn: offer.turn,
      prompt: {
        text: [note, freshNote, composePrompt(offer)].filter((part) => part !== null).join('\n'),
        messages: offer.deliveries.map((delivery) => delivery.id),
      },
      sessionId,
      timeoutMs: greeting.spec.turnTimeoutMs,
      signal: stop.signal,
      takeFetched: (result: string) => mail.takeFetched(result),
    };
    const tools = { hive, driver, mail, bootId, offer, now, log, away, waitMs, lastWordsMs };
    return driveTurn(tools, request).catch((error: unknown) => {
      log(`the driver broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      const reason = `The harness stumbled: ${error instanceof Error ? error.message : String(error)}`;
      const verdict = { kind: 'failed' as const, reason, sessionSpent: false };
      return { verdict, text: '', sessionId, usage: NO_USAGE, toolCalls: 0, workCalls: 0, answered: false };
    });
  }

  /** An end that the box's own shortage explains is not the mail's doing. */
  async function accuse(verdict: Verdict): Promise<{ verdict: Verdict; shortage: Shortage | null }> {
    if (verdict.kind === 'done') note = null;
    if (verdict.kind === 'done' || FAULTS[causeOf(verdict)].counts === 'never') return { verdict, shortage: null };
    const shortage = (await parts.box?.shortage(verdict.reason)) ?? null;
    if (shortage === null) return { verdict, shortage };
    return { verdict: { kind: 'starved', reason: `${shortage.reason} (${verdict.reason})` }, shortage };
  }

  /** What fills the box would be in the way of the next turn too; nothing of the CLI's is left to need it. */
  async function makeRoom(shortage: Shortage): Promise<void> {
    await driver.letGo('Its box was short.');
    note = (await parts.box?.makeRoom(shortage)) ?? null;
    log(`the box was short: ${shortage.reason}`);
  }

  function judge(verdict: Verdict): After {
    const after = decideAfter(verdict, { streak, now: now(), random: random() });
    if (after.outcome !== 'done' || !mail.someUnseen()) return after;
    const reason = 'Mail came into the turn that may not have been seen; the turn is repeated.';
    return decideAfter({ kind: 'mail_unseen', reason }, { streak, now: now(), random: random() });
  }

  /**
   * Tells hived how the turn ended: for as long as it is away, or for a moment when the harness shuts down. When hived
   * breaks on it each time, the turn is told as failed with nothing else; when it breaks on that too, the next turn waits.
   */
  async function tellFinish(input: FinishInput): Promise<void> {
    const patience = new AbortController();
    const hurry = () => setTimeout(() => patience.abort(), lastWordsMs).unref();
    if (signal.aborted) hurry();
    else signal.addEventListener('abort', hurry, { once: true });
    const tell = (finish = input) =>
      retryWhileAway(() => hive.call('finish', finish, { signal: patience.signal }), {
        signal: patience.signal,
        ...away,
      });
    try {
      await tell().catch(async (error: unknown) => {
        if (isHiveBroken(error)) {
          const reason = `hived broke on how the turn ended (${input.outcome}); its log says more.`;
          const plain = { outcome: 'failed' as const, reason, text: '', usage: NO_USAGE, answered: false };
          await tell({ ...input, ...plain });
          return;
        }
        if (!isCode(error, 'stale_boot')) throw error;
        await helloAgain();
        await tell();
      });
    } catch (error) {
      if (isHiveBroken(error)) await wait(brokenPauseMs, undefined, { signal }).catch(() => undefined);
      // stale_fence: the turn was given to somebody else, so nobody waits for this. Others are told again by hived's next offer.
      log(
        `turn ${input.turn} could not be finished: ${error instanceof HiveError ? `${error.code}: ${error.message}` : String(error)}`,
      );
    } finally {
      signal.removeEventListener('abort', hurry);
    }
  }

  emit('harness.state', status);
  heart.beat();
  try {
    while (!signal.aborted) {
      const offer = await nextOffer();
      if (offer !== null) await runTurn(offer);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(parkedUntil);
    signal.removeEventListener('abort', onShutdown);
    await heart.stop();
    await driver.letGo('The harness is shutting down.');
  }
}

function isCode(error: unknown, code: HiveError['code']): boolean {
  return error instanceof HiveError && error.code === code;
}

function timerMs(ms: number): number {
  return Math.min(Math.max(0, ms), 2 ** 31 - 1);
}
