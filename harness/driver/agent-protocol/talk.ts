import type { Activity, DriverPlace, StopReason, TurnReport, TurnRequest, Verdict } from '../driver.ts';
import { describeExit } from '../process/describe-exit.ts';
import { FRESH_NOTE } from '../prompts.ts';
import { broken, describeStop, SILENT_MS, timedOut } from '../stops.ts';
import { type ClockEnd, sayMs, startTurnClock } from '../turn-clock.ts';
import { createTranscript } from '../transcript.ts';
import { NO_USAGE } from '../usage.ts';
import type { AcpProcess, AcpProgram } from './acp-process.ts';
import { classifyError } from './classify-error.ts';
import { judgeStop } from './judge-stop.ts';
import type { SessionUpdate } from './read-line.ts';
import { showUpdates } from './show-updates.ts';

/** A running turn. */
export interface Talk {
  readonly ended: Promise<TurnReport>;
  activity(): Activity;
}

/** How long a program may be silent before its first line, on a busy machine. */
const FIRST_LINE_MS = 180_000;

/**
 * Opens the session, sends the prompt and follows the program until its turn is over: by its answer, its exit, or a
 * stop from here. A stop asks first and kills after a grace period; before the prompt it kills at once.
 */
export function talk(
  cli: AcpProcess,
  request: TurnRequest,
  { place, program }: { place: DriverPlace; program: AcpProgram },
): Talk {
  const { signal } = request;
  const transcript = createTranscript(request.turn, place);
  const shown = showUpdates(transcript);
  const silentMs = program.silentMs ?? SILENT_MS;
  let { sessionId } = request;
  let isPrompted = false;
  let isAccepted = false;
  let stopping: Verdict | null = null;

  const clock = startTurnClock({
    now: place.now,
    timeoutMs: request.timeoutMs,
    firstLineMs: FIRST_LINE_MS,
    silentMs,
    runningTool: transcript.tools.oldest,
    providerHeardAt: place.providerHeardAt,
    onEnd: (end) => stop(verdictOf(end), describeStop('operator', program.graceMs).graceMs),
  });

  /** A silence may be the model's or the provider's, so the mail is not blamed. */
  function verdictOf(end: ClockEnd): Verdict {
    if (end === 'timed_out') return timedOut(request.timeoutMs);
    if (end === 'mute') return broken('The program said nothing that can be understood.');
    return { kind: 'outage', reason: `The program said nothing for ${sayMs(silentMs)} while no tool was running.` };
  }

  function stop(verdict: Verdict, graceMs: number): void {
    if (stopping !== null) return;
    stopping = verdict;
    if (!isPrompted) return cli.kill('It was stopped before its turn.');
    cli.cancel();
    return clock.after(graceMs, () => cli.kill('It did not react to a cancel.'));
  }

  function onAbort(): void {
    const { verdict, graceMs } = describeStop(signal.reason as StopReason, program.graceMs);
    stop(verdict, graceMs);
  }

  /** The protocol has no sign of acceptance: the prompt is in the conversation when the program reacts to it. */
  function accept(): void {
    if (isAccepted) return;
    isAccepted = true;
    transcript.inContext(request.prompt.messages.map(({ id }) => id));
  }

  function onLine(update: SessionUpdate | null): void {
    clock.hear();
    // A continued session repeats its history before the prompt.
    if (!isPrompted || update === null) return;
    accept();
    shown.add(update);
  }

  /** Opens the session that the turn is for. Returns the texts to begin with. */
  async function open(): Promise<string[]> {
    const { text } = request.prompt;
    if (sessionId !== null && cli.sessionId() === sessionId) return [text];
    if (sessionId !== null && (await cli.openSession(sessionId)) !== null) return [text];
    const note = sessionId === null ? [] : [FRESH_NOTE];
    sessionId = await cli.openSession(null);
    // The protocol has no place for instructions: they begin the conversation.
    return [place.systemPrompt, ...note, text];
  }

  async function converse(): Promise<Verdict> {
    clock.expectLine();
    const texts = await open();
    if (stopping !== null) return stopping;
    isPrompted = true;
    const verdict = judgeStop(await cli.prompt(texts));
    accept();
    if (verdict.kind === 'done') transcript.inContext(request.takeAllFetched());
    return stopping !== null && verdict.kind !== 'done' ? stopping : verdict;
  }

  async function follow(): Promise<TurnReport> {
    cli.follow(onLine);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const died = cli.exited.then((exit): Verdict => {
      const reason = describeExit(exit, { program: 'The program' });
      return stopping ?? (isAccepted ? { kind: 'failed', reason, sessionSpent: false } : broken(reason));
    });
    const talked = converse().catch((error: unknown) => (cli.isUsable() ? (stopping ?? classifyError(error)) : died));
    const verdict = await Promise.race([talked, died]);
    clock.stop();
    signal.removeEventListener('abort', onAbort);
    cli.follow(null);
    cli.tellNoise(request.turn);
    shown.end();
    const counts = { ...transcript.counts(), answered: shown.answered(), usage: NO_USAGE };
    return { verdict, text: transcript.newestText(), sessionId, ...counts };
  }

  return { ended: follow(), activity: clock.activity };
}
