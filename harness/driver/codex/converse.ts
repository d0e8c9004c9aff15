import type { Activity, DriverPlace, Prompt, StopReason, TurnReport, TurnRequest, Verdict } from '../driver.ts';
import type { CliExit } from '../process/cli-process.ts';
import { describeExit } from '../process/describe-exit.ts';
import { FRESH_NOTE, joinPrompts } from '../prompts.ts';
import { broken, describeStop, FIRST_LINE_MS, SILENT_MS, timedOut } from '../stops.ts';
import { createTranscript } from '../transcript.ts';
import { type ClockEnd, sayMs, startTurnClock } from '../turn-clock.ts';
import { NO_USAGE } from '../usage.ts';
import { type AppServer, type CodexProgram, lacksTools } from './app-server.ts';
import { classifyError, sayError, statusOf } from './classify-error.ts';
import type { CodexEvent, TurnError } from './read-event.ts';
import { createTurnReader, type TurnReader } from './read-turn.ts';

/** A running turn. */
export interface Conversation {
  readonly ended: Promise<TurnReport>;
  /** Says something into the turn; false when it is too late. */
  say(words: Prompt): boolean;
  activity(): Activity;
}

const RATE_LIMITED = 429;

/**
 * Opens the thread, begins a turn of the CLI and follows it until it is over: by its own end, the CLI's exit, or a
 * stop from here. A stop asks first and kills after a grace period; before the turn has begun it kills at once. A text
 * that came too late for the CLI's turn begins a further one, in the same turn of the hive.
 */
export function converse(
  cli: AppServer,
  request: TurnRequest,
  { place, program }: { place: DriverPlace; program: CodexProgram },
): Conversation {
  const { signal } = request;
  const transcript = createTranscript(request.turn, place);
  const silentMs = program.silentMs ?? SILENT_MS;
  let reader: TurnReader | null = null;
  let { sessionId } = request;
  /** The CLI's turn; null until it has begun, and while a further one begins. */
  let turnId: string | null = null;
  let isAsked = false;
  let stopping: Verdict | null = null;
  let over = false;
  let saidMore = false;
  let unsent: { id: string; words: Prompt }[] = [];
  const steering = new Set<Promise<void>>();
  let resolveEnd: (verdict: Verdict) => void = () => undefined;

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
    if (end === 'mute') return broken('The CLI said nothing that can be understood.');
    return { kind: 'outage', reason: `The CLI said nothing for ${sayMs(silentMs)} while no tool was running.` };
  }

  function stop(verdict: Verdict, graceMs = describeStop('operator', program.graceMs).graceMs): void {
    if (over || stopping !== null) return;
    stopping = verdict;
    if (!isAsked) return cli.kill('It was stopped before its turn.');
    // The CLI refuses an interrupt of a turn that has not begun; it is then sent at the beginning.
    if (turnId !== null) cli.interrupt(turnId);
    return clock.after(graceMs, () => cli.kill('It did not react to an interrupt.'));
  }

  function onAbort(): void {
    const { verdict, graceMs } = describeStop(signal.reason as StopReason, program.graceMs);
    stop(verdict, graceMs);
  }

  async function startTurn(words: Prompt): Promise<void> {
    const id = place.newUuid();
    reader?.expect(id, words);
    isAsked = true;
    clock.expectLine();
    await cli.startTurn({ id, text: words.text });
  }

  function steer(id: string, words: Prompt): void {
    if (turnId === null) return void unsent.push({ id, words });
    // Refused when the turn has just ended: the text then begins a further one.
    const sent = cli.steer(turnId, { id, text: words.text }).catch(() => undefined);
    steering.add(sent);
    return void sent.then(() => steering.delete(sent));
  }

  function say(words: Prompt): boolean {
    if (over || reader === null || stopping !== null || !cli.isUsable()) return false;
    const id = place.newUuid();
    saidMore = true;
    reader.expect(id, words);
    steer(id, words);
    return true;
  }

  function onMessage(event: CodexEvent | { method: 'huge'; id: string } | null): void {
    clock.hear();
    if (event === null || event.method === 'other' || reader === null) return;
    if ('params' in event && 'threadId' in event.params && event.params.threadId !== cli.threadId()) return;
    if (event.method === 'turn/started') return begin(event.params.turn.id);
    if (event.method === 'turn/completed') return onCompleted(event.params.turn);
    // A turn that the CLI began by itself, between two turns of the hive: the text has joined it.
    if (turnId === null && event.method === 'item/started' && reader.isExpected(event.params.item))
      begin(event.params.turnId);
    // Of an earlier turn: its commands end after it, and a continued thread repeats its usage.
    if ('params' in event && 'turnId' in event.params && event.params.turnId !== turnId) return;
    reader.read(event);
    if (event.method === 'error' && event.params.willRetry) waitOrPark(event.params.error);
  }

  function begin(id: string): void {
    turnId = id;
    if (stopping !== null) cli.interrupt(id);
    for (const { id: words, words: text } of unsent.splice(0)) steer(words, text);
  }

  /** At a limit the CLI would wait in silence for as long as the provider says. */
  function waitOrPark(error: TurnError): void {
    if (statusOf(error) !== RATE_LIMITED) return;
    stop({ kind: 'rate_limited', reason: sayError(error), resetsAt: cli.limitEndsAt() });
  }

  function onCompleted(turn: { id: string; status: string; error?: TurnError | null | undefined }): void {
    if (turn.id !== turnId) return;
    turnId = null;
    const verdict = judge(turn);
    if (verdict.kind !== 'done' || stopping !== null) return resolveEnd(verdict);
    return void Promise.all(steering)
      .then(() => goOn())
      .catch((error: unknown) => resolveEnd(failedAs(error)));
  }

  /** Texts that came too late for the CLI's turn begin a further one. */
  async function goOn(): Promise<void> {
    unsent = [];
    const late = reader?.takeBack() ?? [];
    if (late.length === 0) return resolveEnd({ kind: 'done' });
    if (stopping !== null) return resolveEnd(stopping);
    return startTurn(joinPrompts(late));
  }

  function judge({ status, error }: { status: string; error?: TurnError | null | undefined }): Verdict {
    if (status === 'completed') return { kind: 'done' };
    if (stopping !== null) return stopping;
    if (error != null) return classifyError(error, cli.limitEndsAt());
    return { kind: 'failed', reason: `The CLI ended the turn with "${status}".`, sessionSpent: false };
  }

  function failedAs(error: unknown): Verdict {
    if (stopping !== null) return stopping;
    if (lacksTools(error)) return broken("The CLI could not connect to the hive's tools.");
    const reason = `The CLI refused: ${error instanceof Error ? error.message : String(error)}`;
    return isAsked ? { kind: 'failed', reason, sessionSpent: false } : broken(reason);
  }

  /** A CLI that died before it accepted the prompt did not die of the prompt. */
  function diedAs(exit: CliExit): Verdict {
    const reason = describeExit(exit);
    if (stopping !== null) return stopping;
    const isAccepted = reader !== null && isAsked && reader.untaken().length === 0;
    return isAccepted ? { kind: 'failed', reason, sessionSpent: false } : broken(reason);
  }

  /** Opens the thread that the turn is for. Returns the prompt to begin with. */
  async function open(): Promise<Prompt> {
    const { prompt } = request;
    if (sessionId !== null && cli.threadId() === sessionId) return prompt;
    if (sessionId !== null && (await cli.openThread(sessionId)) !== null) return prompt;
    const isMissing = sessionId !== null;
    sessionId = await cli.openThread(null);
    return isMissing ? joinPrompts([{ text: FRESH_NOTE, messages: [] }, prompt]) : prompt;
  }

  async function begins(): Promise<void> {
    clock.expectLine();
    const wanted = sessionId;
    const prompt = await open();
    if (stopping !== null) return resolveEnd(stopping);
    const fresh = sessionId !== wanted;
    reader = createTurnReader({ takeFetched: request.takeFetched, totals: cli.totals(), fresh }, transcript);
    return startTurn(prompt);
  }

  async function run(): Promise<TurnReport> {
    const ended = new Promise<Verdict>((resolve) => {
      resolveEnd = resolve;
    });
    cli.follow(onMessage);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const died = cli.exited.then(diedAs);
    begins().catch((error: unknown) => (cli.isUsable() ? resolveEnd(failedAs(error)) : undefined));
    const verdict = await Promise.race([ended, died]);
    over = true;
    clock.stop();
    signal.removeEventListener('abort', onAbort);
    cli.follow(null);
    cli.tellNoise(request.turn);
    return report(verdict);
  }

  function report(verdict: Verdict): TurnReport {
    if (verdict.kind === 'done') reader?.finishDone();
    reader?.finish();
    if (saidMore && (reader?.untaken().length ?? 0) > 0)
      cli.kill('It had not taken in everything that was said to it.');
    else if (isAsked && cli.isUsable()) cli.endCommands();
    const own = { answered: reader?.answered() ?? false, usage: reader?.usage() ?? NO_USAGE };
    return { verdict, text: transcript.newestText(), sessionId, ...own, ...transcript.counts() };
  }

  return { ended: run(), say, activity: clock.activity };
}
