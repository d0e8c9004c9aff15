import type { ControlLine } from './control-lines.ts';

/** One of hived's services: gateway, forge, dashboard. */
export interface ServiceSpec {
  readonly name: string;
  /** Usually `[process.execPath, '<app>/<name>.mjs']`. */
  readonly argv: readonly [string, ...string[]];
  /** User and group it runs as; null when hived is no root and cannot choose. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** Its complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Its first control line, computed at each start. */
  readonly configure: () => Extract<ControlLine, { type: 'configure' }>;
  /** The file for its stderr (bounded; `<logFile>.1` is the part before). Its directory must exist. */
  readonly logFile: string;
}

export interface ServicesDeps {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Within [0, 1): the source of jitter. */
  readonly random: () => number;
  /** Replaces secrets in a line of a service's output. */
  readonly redact: (line: string) => string;
  /** Writes one line to hived's own log. */
  readonly log: (line: string) => void;
  /** A service is ready. */
  readonly onStarted: (event: { service: string; pid: number }) => void;
  /**
   * A service ended, for whatever reason; `restartInMs` is null when it stays stopped. A taken port is reported once
   * and, after 5 s of quick attempts, again.
   */
  readonly onExited: (event: { service: string; why: string; restartInMs: number | null }) => void;
  readonly timing?: Partial<ServiceTiming>;
}

/** Deadlines in milliseconds. */
export interface ServiceTiming {
  /** From spawn to `{"ready":true}`. */
  readonly readyMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopMs: number;
}
