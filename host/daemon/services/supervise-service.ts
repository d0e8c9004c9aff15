import { serviceReady } from '../../../protocol/schemas/service.ts';
import type { ProgramEnd } from '../../../system/process/spawn-child.ts';
import { type Program, startProgram } from '../../../system/process/start-program.ts';
import { readLines } from '../../../system/text/read-lines.ts';
import { openBoundedLog } from './bounded-log.ts';
import { type ControlLine, createControlMemory, encodeControl } from './control-lines.ts';
import { decideRestart } from './decide-restart.ts';
import { describeEnd, LAST_LINES } from './describe-end.ts';
import { confine } from './confine.ts';
import type { ServicesDeps, ServiceSpec, ServiceTiming } from './service-spec.ts';

/** A service in `hivectl status`. `reason` is why it is not running, or why it last ended. */
export interface ServiceStatus {
  readonly name: string;
  readonly state: 'starting' | 'running' | 'backing_off' | 'stopped';
  readonly pid: number | null;
  /** Starts after the first. */
  readonly restarts: number;
  readonly reason: string | null;
}

export interface SupervisedService {
  start(): void;
  send(line: Exclude<ControlLine, { type: 'configure' }>): void;
  status(): ServiceStatus;
  stop(): Promise<void>;
  /** Fulfilled when it is ready for the first time. */
  readonly ready: Promise<void>;
}

/** One instance of the service. `killedFor` is hived's own reason for ending it. */
interface Instance {
  readonly program: Program;
  readyAt: number | null;
  lastLines: string[];
  killedFor: string | null;
}

/**
 *   stopped ── start ──► starting ── {"ready":true} ──► running
 *                          ▲  │ ended, or not ready in time │ ended
 *                 delay is │  ▼                             ▼
 *                    over  └── backing_off ◄────────────────┘
 *   any ── stop ──► stopped (for good)
 */
type Mode =
  | { readonly state: 'stopped'; readonly over: boolean }
  | { readonly state: 'starting' | 'running'; readonly instance: Instance; readonly gone: Promise<void> }
  | { readonly state: 'backing_off'; readonly timer: NodeJS.Timeout };

const LOG_BYTES = 5 * 1024 * 1024;
const LINE_BYTES = 16 * 1024;
/** The limit of control lines that a service has not read; more than any hive sends. */
const UNREAD_BYTES = 4 * 1024 * 1024;

/** Keeps one service running, from `start` to `stop`. */
export function superviseService(spec: ServiceSpec, deps: ServicesDeps & { timing: ServiceTiming }): SupervisedService {
  const memory = createControlMemory();
  const log = openBoundedLog(spec.logFile, {
    maxBytes: LOG_BYTES,
    onError: (error) => deps.log(`${spec.name}: cannot write ${spec.logFile}: ${error.message}`),
  });
  let mode: Mode = { state: 'stopped', over: false };
  let failures = 0;
  let starts = 0;
  let reason: string | null = null;
  let becomeReady: () => void;
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });

  function begin(): void {
    starts += 1;
    const program = startProgram(confine(spec));
    const instance: Instance = { program, readyAt: null, lastLines: [], killedFor: null };
    const deadline = setTimeout(
      () => end(instance, `was not ready after ${deps.timing.readyMs / 1000} s`),
      deps.timing.readyMs,
    );
    const gone = program.ended.then((how) => {
      clearTimeout(deadline);
      return afterEnd(instance, how);
    });
    mode = { state: 'starting', instance, gone };
    log.write(`-- ${spec.name} starts, pid ${program.pid ?? 'none'}`);
    const bounds = { maxBytes: LINE_BYTES, onLong: 'split' } as const;
    readLines(program.stderr, {
      ...bounds,
      onLine: (given) => {
        const line = deps.redact(given);
        log.write(line);
        instance.lastLines = [...instance.lastLines.slice(1 - LAST_LINES), line];
      },
    });
    readLines(program.stdout, {
      ...bounds,
      onLine: (line) => {
        if (instance.readyAt !== null || !isReadyLine(line)) return;
        clearTimeout(deadline);
        markReady(instance);
      },
    });
    tell(instance, spec.configure());
    for (const line of memory.lines()) tell(instance, line);
  }

  function markReady(instance: Instance): void {
    if (mode.state !== 'starting' || mode.instance !== instance || instance.program.pid === null) return;
    instance.readyAt = deps.now();
    mode = { ...mode, state: 'running' };
    reason = null;
    deps.onStarted({ service: spec.name, pid: instance.program.pid });
    becomeReady();
  }

  function afterEnd(instance: Instance, how: ProgramEnd): void {
    const stopping = mode.state === 'stopped';
    const why = describeEnd({ ...how, killedFor: instance.killedFor, lastLines: instance.lastLines });
    const decision = decideRestart({
      stopping,
      exitCode: how.code,
      healthyMs: instance.readyAt === null ? null : deps.now() - instance.readyAt,
      failures,
      random: deps.random(),
    });
    log.write(`-- ${spec.name} ${why}`);
    if (decision.do === 'restart') {
      failures = decision.failures;
      reason = why;
      mode = { state: 'backing_off', timer: setTimeout(begin, decision.inMs) };
    }
    if (decision.do === 'restart' && decision.quiet) return;
    deps.onExited({ service: spec.name, why, restartInMs: decision.do === 'restart' ? decision.inMs : null });
  }

  function end(instance: Instance, why: string): void {
    instance.killedFor ??= why;
    instance.program.kill();
  }

  function tell(instance: Instance, line: ControlLine): void {
    if (instance.program.stdin.writableLength > UNREAD_BYTES) end(instance, 'does not read its control lines');
    else instance.program.stdin.write(encodeControl(line));
  }

  return {
    ready,
    start() {
      if (mode.state === 'stopped' && !mode.over) begin();
    },
    send(line) {
      memory.remember(line);
      if (mode.state === 'starting' || mode.state === 'running') tell(mode.instance, line);
    },
    status: () => ({
      name: spec.name,
      state: mode.state,
      pid: mode.state === 'starting' || mode.state === 'running' ? mode.instance.program.pid : null,
      restarts: Math.max(0, starts - 1),
      reason,
    }),
    async stop() {
      const before = mode;
      mode = { state: 'stopped', over: true };
      if (before.state === 'backing_off') clearTimeout(before.timer);
      if (before.state === 'starting' || before.state === 'running') {
        const { instance, gone } = before;
        instance.killedFor ??= 'was stopped';
        void instance.program.end({ graceMs: deps.timing.stopMs });
        await gone;
      }
      await log.close();
    },
  };
}

function isReadyLine(line: string): boolean {
  try {
    return serviceReady.safeParse(JSON.parse(line)).success;
  } catch {
    return false;
  }
}
