import { DEFAULT_STUCK_RULES, type FinishInput, type TurnOffer } from '../../protocol/schemas/harness.ts';
import { cutText } from '../../system/text/cut-text.ts';
import type { BoxWatch } from '../box/watch-box.ts';
import type { StopReason, TurnReport, Verdict } from '../driver/driver.ts';
import { NO_USAGE } from '../driver/usage.ts';
import type { Emit } from '../spool/spool.ts';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { createCarryOver } from './carry-over.ts';
import { composePrompt } from './compose-prompt.ts';
import { composeSessionNotes } from './session-notes.ts';
import { type After, decideAfter } from './decide-after.ts';
import { driveTurn } from './drive-turn.ts';
import type { KnownLimit } from './ask-limit.ts';
import { causeOf, FAULTS } from './faults.ts';
import type { Away, Introduction } from './introduce.ts';
import type { Mode, Modes } from './modes.ts';
import { tellFinish } from './tell-finish.ts';
import type { TurnMail } from './turn-mail.ts';
import { boundsOf } from './decide-warning.ts';
import { type WarnParts, warnTurn } from './warn-turn.ts';
import type { TurnWatch } from './watch-turn.ts';
import { pause } from '../../system/pause.ts';

/** Dependencies of running turns. Times are in milliseconds. */
export interface TurnParts {
  readonly hive: HiveClient;
  readonly bootId: string;
  readonly introduction: Introduction;
  readonly modes: Modes;
  readonly watch: TurnWatch;
  readonly mail: TurnMail;
  readonly onTurn: (turn: number) => void;
  readonly box: BoxWatch | null;
  readonly inspectTool: WarnParts['inspectTool'];
  readonly emit: Emit;
  readonly waitSent: (forMs: number, signal: AbortSignal) => Promise<void>;
  readonly away: Away;
  /** The agent's own directory, as the agent sees it. */
  readonly stateDir: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly log: (line: string) => void;
  /** When the limit that the running turn reached ends (epoch ms); null when unknown. */
  readonly askLimit: () => Promise<KnownLimit>;
  readonly waitMs: number;
  readonly brokenPauseMs: number;
  readonly lastWordsMs: number;
  /** The harness shuts down. */
  readonly signal: AbortSignal;
}

/** Runs offered turns sequentially. */
export interface Turns {
  /** waking → launching → running → finishing → the mode that follows. Never rejects, whatever the driver or hived do. */
  run(offer: TurnOffer): Promise<void>;
  /** The turn that runs; null when none does. */
  running(): TurnOffer | null;
  /** The conversation that the next turn continues; null: a fresh one. */
  sessionId(): string | null;
  /** Stops the running turn, if it is this one (null: any). */
  stop(turn: number | null, reason: StopReason): void;
}

/** So long may the turn's events keep its end waiting, in ms: in the log its end comes last, unless hived is away or slow. */
const EVENTS_MS = 2_000;

export function createTurns(parts: TurnParts): Turns {
  const { introduction, modes, mail, box, now, log } = parts;
  const carried = createCarryOver(introduction.greeting().sessionId);
  let running: { readonly offer: TurnOffer; readonly stop: AbortController } | null = null;

  async function run(offer: TurnOffer): Promise<void> {
    const stop = new AbortController();
    const startedAt = now();
    running = { offer, stop };
    mail.begin(offer.deliveries);
    parts.onTurn(offer.turn);
    modes.enter('waking');
    if (parts.signal.aborted) stop.abort('shutdown' satisfies StopReason);
    await box?.begin();
    modes.enter('launching');
    const { report, warned } = await watchDrive(offer, stop);
    modes.enter('finishing');
    const verdict = judgeReport(report, warned);
    const after = judge(await blameBox(await explainStop(verdict)), report);
    carried.learn(report, after);
    if (stop.signal.reason !== ('turn_lost' satisfies StopReason)) {
      const sessionBytes = await measureSession();
      await parts.waitSent(EVENTS_MS, parts.signal);
      const told = await tellFinish(composeFinish({ offer, report, after, startedAt, sessionBytes }), {
        ...parts,
        helloAgain: introduction.again,
      });
      if (told === 'hive_broken') await restAfterBreak();
    }
    running = null;
    modes.enter(modeAfter(after), after.status);
  }

  /**
   * A turn that did not end well may have been stopped by a budget, which no CLI knows; and a limit's end that the CLI
   * did not report is known to hived.
   */
  async function explainStop(verdict: Verdict): Promise<Verdict> {
    if (verdict.kind === 'done' || verdict.kind === 'interrupted' || verdict.kind === 'stuck') return verdict;
    const { limitedUntil, budget } = await parts.askLimit();
    if (budget !== null) {
      const { reason, until } = budget;
      // The next turn has a budget of its own: the mail may be what used this one up.
      return budget.ofTurn ? { kind: 'timed_out', reason } : { kind: 'budget', reason, resetsAt: until };
    }
    if (verdict.kind !== 'rate_limited' || verdict.resetsAt !== null) return verdict;
    return { ...verdict, resetsAt: limitedUntil };
  }

  /** Drives the turn while it is watched; `warned` is the verdict if the hive's own rules stopped it. */
  async function watchDrive(offer: TurnOffer, stop: AbortController) {
    const { watch } = parts;
    const { spec, stuck } = introduction.greeting();
    let warned: Verdict | null = null;
    const warnings = warnTurn({
      ...parts,
      turn: offer.turn,
      driver: introduction.driver(),
      bounds: boundsOf(spec),
      rules: stuck ?? DEFAULT_STUCK_RULES,
      signal: stop.signal,
      stop: (verdict) => {
        warned = verdict;
        stop.abort('warned' satisfies StopReason);
      },
    });
    watch.begin(offer.turn, { onSign: () => modes.enter('running'), onResult: warnings.check });
    const report = await drive(offer, stop.signal);
    warnings.end();
    watch.end();
    return { report, warned: warned as Verdict | null };
  }

  function drive(offer: TurnOffer, signal: AbortSignal): Promise<TurnReport> {
    const plan = offer.session;
    if (plan !== undefined) carried.takeSession(plan.id);
    const sessionId = carried.sessionId();
    const notes = [...carried.notes(), ...(plan === undefined ? [] : composeSessionNotes(plan, parts.stateDir))];
    const request = {
      turn: offer.turn,
      prompt: {
        text: [...notes, composePrompt(offer)].join('\n'),
        messages: offer.deliveries,
      },
      sessionId,
      sessionMark: plan?.mark ?? null,
      compactFirst: plan?.choice === 'compact',
      copySession: plan?.choice === 'fork',
      timeoutMs: introduction.greeting().spec.turnTimeoutMs,
      signal,
      takeFetched: mail.takeFetched,
      takeAllFetched: mail.takeAllFetched,
    };
    return driveTurn({ ...parts, driver: introduction.driver(), offer }, request).catch((error: unknown) => {
      log(`the driver broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      const reason = `The harness stumbled: ${error instanceof Error ? error.message : String(error)}`;
      const verdict = { kind: 'failed' as const, reason, sessionSpent: false };
      return { verdict, text: '', sessionId, usage: NO_USAGE, toolCalls: 0, workCalls: 0, answered: false };
    });
  }

  /**
   * A failure that the box's own shortage explains does not count against the mail. The shortage would affect the
   * next turn too, so resources are freed, after the driver's program has been ended: then nothing needs them.
   */
  async function blameBox(verdict: Verdict): Promise<Verdict> {
    if (box === null || verdict.kind === 'done' || FAULTS[causeOf(verdict)].counts === 'never') return verdict;
    const shortage = await box.shortage(verdict.reason);
    if (shortage === null) return verdict;
    await introduction.driver().letGo('Its box was short.');
    carried.noteShortage(await box.makeRoom(shortage));
    log(`the box was short: ${shortage.reason}`);
    return { kind: 'starved', reason: `${shortage.reason} (${verdict.reason})` };
  }

  function judge(verdict: Verdict, did: TurnReport): After {
    const { turns: idleTurns } = introduction.greeting().stuck ?? DEFAULT_STUCK_RULES;
    const facts = { streak: carried.streak(), now: now(), random: parts.random(), did, idleTurns };
    const after = decideAfter(verdict, facts);
    if (after.outcome !== 'done' || !mail.someUnseen()) return after;
    const reason = 'Mail came into the turn that may not have been seen; the turn is repeated.';
    return decideAfter({ kind: 'mail_unseen', reason }, facts);
  }

  /** The size of the session's file; null where there is none, or it cannot be read. */
  async function measureSession(): Promise<number | null> {
    const id = carried.sessionId();
    const { files } = introduction.driver();
    if (id === null || files === undefined) return null;
    return files.sizeOf(id).catch(() => null);
  }

  async function restAfterBreak(): Promise<void> {
    modes.enter('resting');
    await pause(parts.brokenPauseMs, parts.signal);
  }

  function composeFinish(end: {
    offer: TurnOffer;
    report: TurnReport;
    after: After;
    startedAt: number;
    sessionBytes: number | null;
  }): FinishInput {
    const { offer, report, after } = end;
    return {
      bootId: parts.bootId,
      turn: offer.turn,
      fence: offer.fence,
      outcome: after.outcome,
      text: cutText(report.text, 16_384).text,
      reason: after.reason,
      notBefore: after.notBefore,
      sessionId: carried.sessionId(),
      usage: report.usage,
      durationMs: Math.max(0, Math.round(now() - end.startedAt)),
      toolCalls: report.toolCalls,
      workCalls: report.workCalls,
      answered: report.answered,
      toolsMs: report.toolsMs === undefined ? null : Math.round(report.toolsMs),
      contextTokens: report.contextTokens ?? null,
      windowTokens: report.windowTokens ?? null,
      cause: after.cause,
      ...(after.stuck === null ? {} : { stuck: after.stuck }),
      compacted: report.compacted ?? false,
      sessionMark: report.sessionMark ?? null,
      sessionBytes: end.sessionBytes,
      sessionLost: report.sessionLost ?? null,
    };
  }

  return {
    run,
    running: () => running?.offer ?? null,
    sessionId: carried.sessionId,
    stop: (turn, reason) => {
      if (running !== null && (turn === null || running.offer.turn === turn)) running.stop.abort(reason);
    },
  };
}

/** A success in which the model said and did nothing is none, and a stop by the hive's own rules has its own verdict. */
export function judgeReport(report: TurnReport, warned: Verdict | null): Verdict {
  const { verdict, answered, text, toolCalls } = report;
  if (verdict.kind === 'interrupted' && warned !== null) return warned;
  if (verdict.kind !== 'done' || answered || toolCalls > 0 || text.trim() !== '') return verdict;
  return { kind: 'empty', reason: 'The CLI reported success, but the model neither said nor did anything.' };
}

function modeAfter({ status }: After): Mode {
  if (status.state === 'working') throw new Error('no turn ends as "working"');
  return status.state;
}
