import type { ControlLine } from './control-lines.ts';

/** One of hived's services: gateway, forge, dashboard. */
export interface ServiceSpec {
  readonly name: string;
  /** Usually `[process.execPath, '<app>/<name>.mjs']`. */
  readonly argv: readonly [string, ...string[]];
  /** User and group it runs as; null when hived is no root and cannot choose. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Its first control line, asked for at each start. */
  readonly configure: () => Extract<ControlLine, { type: 'configure' }>;
  /** Where its stderr goes (bounded; `<logFile>.1` is the part before). Its directory must exist. */
  readonly logFile: string;
}

export interface ServicesDeps {
  /** Milliseconds that never run backwards. */
  readonly now: () => number;
  /** Within [0, 1): where the jitter of delays comes from. */
  readonly random: () => number;
  /** One line of hived's own log. */
  readonly log: (line: string) => void;
  /** A service is ready. */
  readonly onStarted: (event: { service: string; pid: number }) => void;
  /**
   * A service ended, for whatever reason; `restartInMs` is null when it stays stopped. A port that is
   * taken is told once and then, after 5 s of quick tries, again.
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
