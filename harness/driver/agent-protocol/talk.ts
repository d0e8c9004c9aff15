import type { Activity, DriverPlace, Prompt, StopReason, TurnReport, TurnRequest, Verdict } from '../driver.ts';
import { describeExit } from '../process/describe-exit.ts';
import { RpcError } from '../process/json-rpc.ts';
import { FRESH_NOTE } from '../prompts.ts';
import { broken, describeStop, FIRST_LINE_MS, SILENT_MS, timedOut } from '../stops.ts';
import { type ClockEnd, sayMs, startTurnClock } from '../turn-clock.ts';
import { createTranscript } from '../transcript.ts';
import type { AcpProcess, AcpProgram, Heard } from './acp-process.ts';
import { classifyError, sayError } from './classify-error.ts';
import { PLAIN } from './dialect.ts';
import { followRequests } from './follow-requests.ts';
import { judgeStop } from './judge-stop.ts';
import { showUpdates } from './show-updates.ts';

/** A running turn. */
export interface Talk {
  readonly ended: Promise<TurnReport>;
  /** Writes a further prompt; false when it would not become part of this turn. */
  say(words: Prompt): boolean;
  activity(): Activity;
}

/**
 * Opens the session, sends the prompt and follows the program until its turn is over: by its answers to all prompts, its
 * exit, or a stop from here. A stop asks first and kills after a grace period; before the prompt it kills at once.
 */
export function talk(
  cli: AcpProcess,
  request: TurnRequest,
  { place, program }: { place: DriverPlace; program: AcpProgram },
): Talk {
  const { signal } = request;
  const { dialect = PLAIN } = program;
  const transcript = createTranscript(request.turn, place);
  const shown = showUpdates(transcript, dialect);
  const requests = followRequests({ transcript, now: place.now, onLongPause: (verdict) => stop(verdict, graceMs()) });
  const silentMs = place.silentMs ?? SILENT_MS;
  /** Prompts whose answers are waited for, oldest first. */
  const asked: { answer: Promise<Verdict>; accept: () => void }[] = [];
  let { sessionId } = request;
  let isPrompted = false;
  let isAccepted = false;
  let isOver = false;
  let stopping: Verdict | null = null;

  const clock = startTurnClock({
    now: place.now,
    timeoutMs: request.timeoutMs,
    firstLineMs: program.firstLineMs ?? FIRST_LINE_MS,
    silentMs,
    runningTool: transcript.tools.oldest,
    providerHeardAt: place.providerHeardAt,
    onEnd: (end) => stop(verdictOf(end), graceMs()),
  });

  function graceMs(): number {
    return describeStop('operator', program.graceMs).graceMs;
  }

  /** A silence may be the model's or the provider's, so the mail is not blamed. */
  function verdictOf(end: ClockEnd): Verdict {
    if (end === 'timed_out') return timedOut(request.timeoutMs);
    if (end === 'mute') return broken('The program said nothing that can be understood.');
    return { kind: 'outage', reason: `The program said nothing for ${sayMs(silentMs)} while no tool was running.` };
  }

  function stop(verdict: Verdict, withinMs: number): void {
    if (stopping !== null) return;
    stopping = verdict;
    if (!isPrompted) return cli.kill('It was stopped before its turn.');
    cli.cancel();
    return clock.after(withinMs, () => cli.kill('It did not react to a cancel.'));
  }

  function onAbort(): void {
    const { verdict, graceMs: withinMs } = describeStop(signal.reason as StopReason, program.graceMs);
    stop(verdict, withinMs);
  }

  /** The protocol has no sign of acceptance: the prompt is in the conversation when the program reacts to it. */
  function accept(): void {
    if (!isAccepted) takeIn(request.prompt);
    isAccepted = true;
  }

  function takeIn({ messages }: Prompt): void {
    transcript.inContext(messages.map(({ id }) => id));
  }

  function onLine({ update, note }: Heard): void {
    clock.hear();
    if (note !== null) requests.read(note);
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
    return [...(dialect.hasInstructions ? [] : [place.systemPrompt]), ...note, text];
  }

  function ask(texts: readonly string[], whenTaken: () => void): void {
    const answer = cli.prompt(texts).then(judgeAnswer, (error: unknown) => {
      if (!cli.isUsable()) throw error;
      return stopping ?? classifyError(error, requests.refused());
    });
    // Whoever waits for it is told.
    answer.catch(() => undefined);
    asked.push({ answer, accept: whenTaken });
  }

  /** A program that is stopped while it waits for a retry, or before the model answers, may call that a usual end. */
  function judgeAnswer(reason: string): Verdict {
    const verdict = judgeStop(reason);
    if (verdict.kind !== 'done') return stopping ?? verdict;
    if (stopping !== null && (requests.isRetrying() || !shown.answered())) return stopping;
    if (!requests.isRetrying()) return verdict;
    return {
      kind: 'failed',
      reason: 'The program ended the turn without an answer of the model.',
      sessionSpent: false,
    };
  }

  /** What fails before the prompt and is no answer of the program (its configuration cannot be written) is no mail's. */
  function judgeError(error: unknown): Verdict {
    return isPrompted || error instanceof RpcError ? classifyError(error) : broken(sayError(error));
  }

  function say(words: Prompt): boolean {
    if (!dialect.joinsPrompts || !isPrompted || isOver || stopping !== null || !cli.isUsable()) return false;
    ask([words.text], () => takeIn(words));
    return true;
  }

  async function converse(): Promise<Verdict> {
    clock.expectLine();
    const texts = await open();
    if (stopping !== null) return stopping;
    isPrompted = true;
    ask(texts, accept);
    let verdict: Verdict = { kind: 'done' };
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
      const end = await next.answer;
      if (end.kind === 'done') next.accept();
      else if (verdict.kind === 'done') verdict = end;
    }
    if (verdict.kind === 'done') transcript.inContext(request.takeAllFetched());
    return verdict;
  }

  async function follow(): Promise<TurnReport> {
    cli.follow(onLine);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const died = cli.exited.then((exit): Verdict => {
      const reason = describeExit(exit, { program: 'The program' });
      return stopping ?? (isAccepted ? { kind: 'failed', reason, sessionSpent: false } : broken(reason));
    });
    const talked = converse().catch((error: unknown) => (cli.isUsable() ? (stopping ?? judgeError(error)) : died));
    const verdict = await Promise.race([talked, died]);
    isOver = true;
    clock.stop();
    signal.removeEventListener('abort', onAbort);
    cli.follow(null);
    cli.tellNoise(request.turn);
    shown.end();
    const counts = { ...transcript.counts(), answered: shown.answered(), usage: requests.usage() };
    return { verdict, text: transcript.newestText(), sessionId, ...counts };
  }

  return { ended: follow(), say, activity: clock.activity };
}
