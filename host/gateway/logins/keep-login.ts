import { HiveError } from '../../../protocol/errors.ts';
import type { LoginEnd, LoginReport, LoginState } from '../../../protocol/schemas/login.ts';
import { backoffMs } from '../../../system/backoff.ts';
import type { Log } from '../../../system/log.ts';
import { pause, waitAtMost } from '../../../system/pause.ts';
import { nameError } from '../name-error.ts';
import type { LoginIdentity, RenewalAnswer } from '../protocols/protocol.ts';
import { decideLogin, type LoginDecision } from './decide-login.ts';

/** A login's access token, with what renews it. */
export interface LoginTokens {
  readonly key: string;
  readonly login: LoginState;
}

/** Whether a call can be made with the access token; `wait`: not before `until` (epoch milliseconds). */
export type Readiness =
  | { readonly is: 'ready' | 'refused' | 'rejected' }
  | { readonly is: 'wait'; readonly until: number };

/**
 * A login, whose access token is renewed here and nowhere else:
 *
 *   fresh ── its end is near, or a 401 ──► renewing ── the answer, stored by hived ──► fresh
 *     in doubt ◄── no answer, or a restart ───┤ └── refused for good ──► ended
 *
 * hived knows of a renewal before the refresh token is sent, and has stored the next tokens before they are used. So a
 * refresh token is lost only if this process dies between the provider's answer and hived's; and then the access token
 * is used to its end, before the refresh token is tried once more. hived tells the operator of the doubt, while the
 * access token still works.
 */
export interface KeptLogin extends Readonly<LoginIdentity> {
  readonly id: string;
  /** The newest access token that hived has stored. */
  readonly key: string;
  readonly ended: LoginEnd | null;
  /** To be called before each use of the access token. Renews it if it is over; many callers wait for one renewal. */
  ready(signal: AbortSignal): Promise<Readiness>;
  /**
   * The provider has refused this access token. Renews it once; `rejected`: the token was new, so another one would not
   * help.
   */
  reject(key: string, signal: AbortSignal): Promise<Readiness>;
  /** The provider has taken this access token. */
  accept(key: string): void;
  /** hived's newest word; what is older than what is known here is ignored. */
  hear(tokens: LoginTokens): void;
  /** Begins no further renewal, and waits until the present one is stored, for `ms` at most. */
  settle(ms: number): Promise<void>;
  /** Ends everything, also a renewal whose tokens are not stored yet: `settle` comes first. */
  close(): void;
}

export interface KeepLoginDeps {
  /** Sends a refresh token to the provider. Never rejects. */
  readonly ask: (refreshToken: string) => Promise<{ answer: RenewalAnswer; code: string }>;
  /** Tells hived, which answers when it is on disk. */
  readonly report: (report: LoginReport, signal: AbortSignal) => Promise<unknown>;
  /** The login can be used no more. May be called again. */
  readonly onRefused: () => void;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly now: () => number;
  readonly random: () => number;
}

/** How long another gateway may still be waiting for the answer to a renewal, and then storing it. */
const IN_DOUBT_MS = 120_000;
const PAUSES = { firstMs: 1_000, maxMs: 60_000 };
const STORE_PAUSES = { firstMs: 100, maxMs: 5_000 };
const REPORT_MS = 10_000;
/** A call waits this long for a renewal. */
const CALL_WAIT_MS = 60_000;
/** A new access token that is refused at once is not renewed again before this age. */
const NEW_MS = 3_600_000;
const LONGEST_TIMER_MS = 24 * 3_600_000;

export function keepLogin(given: LoginTokens, deps: KeepLoginDeps): KeptLogin {
  const { now } = deps;
  const closing = new AbortController();
  let { key, login } = given;
  let random = deps.random();
  let isRejected = false;
  /** It came from a renewal here, and no call has succeeded with it. */
  let isUntried = false;
  let failures = 0;
  let { inDoubt, pausedUntil } = doubtOf(login);
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isSettling = false;
  let isDoubtTold = false;

  const decide = (): LoginDecision =>
    decideLogin({
      now: now(),
      expiresAt: login.expiresAt,
      renewedAt: login.renewedAt,
      isRejected,
      inDoubt,
      pausedUntil,
      isEnded: login.ended !== null,
      random,
    });

  function use(next: LoginTokens): void {
    ({ key, login } = next);
    ({ inDoubt, pausedUntil } = doubtOf(login));
    random = deps.random();
    isRejected = false;
    isDoubtTold = false;
    failures = 0;
  }

  function start(): void {
    if (running !== null || isSettling || closing.signal.aborted) return;
    running = renew().finally(() => {
      running = null;
      arm();
    });
  }

  async function renew(): Promise<void> {
    const about = { login: login.id, renewals: login.renewals };
    const { refresh } = login;
    const wasInDoubt = inDoubt;
    if (!(await tell({ state: 'renewing', ...about }, 1))) return fail();
    inDoubt = true;
    const { answer, code } = await deps.ask(refresh);
    switch (answer.is) {
      case 'renewed': {
        const next = { access: answer.access, refresh: answer.refresh ?? refresh, expiresAt: answer.expiresAt };
        if (!(await tell({ state: 'renewed', ...about, ...next }, Infinity))) return fail();
        // hived's own line may have been here first.
        if (login.renewals === about.renewals) {
          const fresh = { renewals: about.renewals + 1, renewedAt: now(), sentAt: null, ended: null };
          use({ key: next.access, login: { ...login, ...fresh, refresh: next.refresh, expiresAt: next.expiresAt } });
        }
        isUntried = true;
        deps.log.info({ login: login.id, renewals: login.renewals }, 'a login was renewed');
        return undefined;
      }
      case 'ended':
        deps.log.warn({ login: login.id, code, why: answer.why }, 'a login has ended');
        login = { ...login, ended: answer.why };
        await tell({ state: 'ended', ...about, why: answer.why }, Infinity);
        return undefined;
      case 'failed':
        inDoubt = wasInDoubt;
        deps.log.warn({ login: login.id, code, inDoubt }, 'a login was not renewed');
        await tell({ state: 'unused', ...about }, 1);
        return fail();
      case 'unknown':
        deps.log.warn({ login: login.id, code, inDoubt }, 'a login was not renewed');
        return fail();
    }
  }

  function fail(): void {
    failures += 1;
    pausedUntil = now() + backoffMs(failures, PAUSES, deps.random());
  }

  /** Whether hived has it. A report that hived will never take is not repeated. */
  async function tell(report: LoginReport, tries: number): Promise<boolean> {
    for (let failed = 0; ;) {
      try {
        await deps.report(report, AbortSignal.any([closing.signal, AbortSignal.timeout(REPORT_MS)]));
        return true;
      } catch (error) {
        failed += 1;
        const { status = 0 } = error instanceof HiveError ? error : {};
        deps.log.warn({ login: report.login, state: report.state, reason: nameError(error) }, 'hived takes no login');
        if (failed >= tries || [400, 404, 409].includes(status)) return false;
        await pause(backoffMs(failed, STORE_PAUSES, deps.random()), closing.signal);
        if (closing.signal.aborted) return false;
      }
    }
  }

  /** What is due is done without a call, so that a login outlives days without one. */
  function arm(): void {
    clearTimeout(timer);
    if (closing.signal.aborted || isSettling || running !== null) return;
    const decision = decide();
    if (decision.do === 'refuse') return deps.onRefused();
    const until = decision.do === 'renew' ? now() : decision.until;
    if (until === null) return;
    timer = setTimeout(tick, Math.min(LONGEST_TIMER_MS, Math.max(0, until - now())));
    timer.unref();
  }

  async function tellDoubt(): Promise<void> {
    isDoubtTold = await tell({ state: 'doubtful', login: login.id, renewals: login.renewals }, 1);
  }

  function tick(): void {
    if (inDoubt && !isDoubtTold && login.ended === null && now() >= pausedUntil) void tellDoubt();
    const decision = decide();
    if (decision.do === 'renew' || (decision.do === 'use' && decision.renew)) start();
    else arm();
  }

  async function ready(signal: AbortSignal): Promise<Readiness> {
    let decision = decide();
    if (decision.do === 'renew') {
      start();
      await waitAtMost(running ?? Promise.resolve(), CALL_WAIT_MS, signal);
      decision = decide();
    }
    switch (decision.do) {
      case 'use':
        if (decision.renew) start();
        return { is: 'ready' };
      case 'renew':
        return { is: 'wait', until: now() + PAUSES.firstMs };
      case 'wait':
        return { is: 'wait', until: decision.until };
      case 'refuse':
        return { is: 'refused' };
    }
  }

  // Not at once: whoever keeps it has to have it before it says that it is refused.
  timer = setTimeout(tick, 0);
  timer.unref();
  return {
    id: login.id,
    account: login.account,
    isFedramp: login.isFedramp,
    get key() {
      return key;
    },
    get ended() {
      return login.ended;
    },
    ready,
    async reject(used, signal) {
      if (used !== key) return ready(signal);
      if (isUntried && now() - login.renewedAt < NEW_MS) return { is: 'rejected' };
      isRejected = true;
      return ready(signal);
    },
    accept(used) {
      if (used === key) isUntried = false;
    },
    hear(next) {
      if (next.login.renewals <= login.renewals) return;
      use(next);
      arm();
    },
    async settle(ms) {
      isSettling = true;
      clearTimeout(timer);
      if (running !== null) await waitAtMost(running, ms);
    },
    close() {
      closing.abort();
      clearTimeout(timer);
    },
  };
}

function doubtOf({ sentAt }: LoginState): { inDoubt: boolean; pausedUntil: number } {
  return { inDoubt: sentAt !== null, pausedUntil: sentAt === null ? 0 : sentAt + IN_DOUBT_MS };
}
