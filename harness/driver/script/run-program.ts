import { isHiveTool } from '../../../protocol/tool-names.ts';
import type { Activity, DriverPlace, StopReason, TurnReport, TurnRequest, Verdict } from '../driver.ts';
import { createNoise } from '../noise.ts';
import { type CliProcess, startCli } from '../process/cli-process.ts';
import { describeExit } from '../process/describe-exit.ts';
import { broken, describeStop, SILENT_MS, timedOut } from '../stops.ts';
import { createTranscript } from '../transcript.ts';
import { type ClockEnd, sayMs, startTurnClock } from '../turn-clock.ts';
import { NO_USAGE } from '../usage.ts';
import { composeWake } from './compose-wake.ts';
import { judgeEnd } from './judge-end.ts';
import { parseScriptEvent, type ScriptEvent, type ScriptResult } from './parse-event.ts';
import { isWork, showWork } from './show-work.ts';

/** The program and its limits, in milliseconds. */
export interface ScriptProgram {
  readonly path: string;
  readonly argv: string[];
  readonly env: Record<string, string>;
  /** How long a program may take to end by itself after a stop, or after its result. Default 5 s. */
  readonly graceMs?: number;
  /** A program that is silent for this long, with no tool running, is stopped. Default 10 min. */
  readonly silentMs?: number | undefined;
}

/** A run of the program for one wake. */
export interface Run {
  /** `conversationMissing`: it does not know the session to continue, and did nothing. */
  readonly ended: Promise<{ report: TurnReport; conversationMissing: boolean }>;
  activity(): Activity;
  readonly cli: CliProcess;
}

/** Starts the program, passes it the wake, and follows its events until it has ended. */
export function runProgram(place: DriverPlace, program: ScriptProgram, request: TurnRequest): Run {
  const { emit } = place;
  const { signal } = request;
  const transcript = createTranscript(request.turn, place);
  const noise = createNoise(emit);
  const silentMs = program.silentMs ?? SILENT_MS;
  const own = describeStop('operator', program.graceMs).graceMs;
  let conversation = request.sessionId;
  let usage = NO_USAGE;
  let result: ScriptResult | null = null;
  let stopped: Verdict | null = null;
  let understood = 0;
  let answered = false;

  const cli = startCli(program.path, {
    argv: program.argv,
    env: program.env,
    cwd: place.stateDir,
    record: place.record,
  });
  const clock = startTurnClock({
    now: place.now,
    timeoutMs: request.timeoutMs,
    firstLineMs: null,
    silentMs,
    runningTool: transcript.tools.oldest,
    providerHeardAt: place.providerHeardAt,
    onEnd: (end) => stop(verdictOf(end), own),
  });

  function verdictOf(end: ClockEnd): Verdict {
    if (end === 'timed_out') return timedOut(request.timeoutMs);
    return broken(`The program said nothing for ${sayMs(silentMs)} while no tool was running.`);
  }

  function stop(verdict: Verdict, graceMs: number): void {
    if (stopped !== null || result !== null) return;
    stopped = verdict;
    void cli.end({ inputMs: 0, graceMs });
  }

  function onAbort(): void {
    const { verdict, graceMs } = describeStop(signal.reason as StopReason, program.graceMs);
    stop(verdict, graceMs);
  }

  function read(event: ScriptEvent): void {
    if (isWork(event)) return showWork(transcript, event);
    switch (event.type) {
      case 'text':
        answered = true;
        return transcript.text(event.text);
      case 'thinking':
        return transcript.thinking(event.text);
      case 'tool_call':
        answered = true;
        return transcript.toolCall({ ...event, ofHive: isHiveTool(event.name) });
      case 'tool_result':
        return transcript.toolResult(event);
      case 'usage':
        usage = {
          inputTokens: event.input_tokens,
          outputTokens: event.output_tokens,
          cacheReadTokens: event.cache_read_tokens,
          cacheWriteTokens: event.cache_write_tokens,
          costUsd: event.cost_usd,
        };
        return undefined;
      case 'conversation':
        conversation = event.id;
        return undefined;
      case 'result':
        result = event;
        // The program's own word: it need not write any text.
        if (event.outcome === 'done') answered = true;
        clock.after(own, () => void cli.end({ inputMs: 0, graceMs: own }));
        return undefined;
    }
  }

  function onLine(line: string): void {
    const event = parseScriptEvent(line);
    if (event === null) return noise.add(line);
    clock.hear();
    // Output after the result belongs to no turn.
    if (result !== null) return;
    understood += 1;
    // A program that writes any event has accepted its wake; one without the session gets it again.
    const took = !(event.type === 'result' && event.outcome === 'conversation_missing');
    if (understood === 1 && took) transcript.inContext(request.prompt.messages.map(({ id }) => id));
    read(event);
  }

  async function follow(): Promise<{ report: TurnReport; conversationMissing: boolean }> {
    const exit = await cli.exited;
    clock.stop();
    signal.removeEventListener('abort', onAbort);
    noise.flush(request.turn);
    const why = describeExit(exit, { program: 'The program' });
    if (cli.pid !== null) emit('cli.exited', { code: exit.code, signal: exit.signal, why });
    const verdict = judgeEnd({ result, stopped, exit, understood });
    if (verdict.kind === 'done') transcript.inContext(request.takeAllFetched());
    const text = result?.text ?? transcript.newestText();
    const report = { verdict, text, sessionId: conversation, usage, answered, ...transcript.counts() };
    return { report, conversationMissing: stopped === null && result?.outcome === 'conversation_missing' };
  }

  if (cli.pid !== null) emit('cli.started', { pid: cli.pid, version: null, sessionId: conversation });
  cli.setHandlers({ onLine, onOversize: () => noise.add('(a line longer than 4 MiB)') });
  signal.addEventListener('abort', onAbort, { once: true });
  cli.write(composeWake(place, request));
  cli.closeInput();
  if (signal.aborted) onAbort();
  return { ended: follow(), activity: clock.activity, cli };
}
