import type { ProviderKind } from '../../../protocol/providers.ts';
import type { LoginReport } from '../../../protocol/schemas/login.ts';
import type { Log } from '../../../system/log.ts';
import type { AccountLogin } from '../accounts.ts';
import type { KeyGuard } from '../key-guard.ts';
import { loginProtocolOf } from '../protocols/protocols.ts';
import type { Upstream } from '../upstream/connect-upstream.ts';
import { askRenewal } from './ask-renewal.ts';
import { keepLogin, type KeptLogin, type LoginTokens } from './keep-login.ts';

/** A login with its connections. */
export interface KnownLogin extends AccountLogin {
  /** To where it is renewed. */
  readonly tokens: Upstream;
  /** Of its accounts: one, or two while its provider gets another name. */
  readonly guards: Set<KeyGuard>;
}

/**
 * The logins of hived's newest line, by their ids: one that is given another name or provider stays the same, so that
 * nobody renews it twice.
 */
export interface KnownLogins {
  /** hived's word about a login; opens it if it is new. */
  hear(told: LoginTokens, at: { kind: ProviderKind; baseUrl: string; tokenUrl: string }): KnownLogin;
  /** Another key is in the place of an account's login. */
  leave(login: AccountLogin, guard: KeyGuard): void;
  /** Closes the others, after their last calls and renewals. */
  keepOnly(ids: ReadonlySet<string>): void;
  /** Begins no renewal any more; waits until the running ones are stored, for `ms` at most. */
  settle(ms: number): Promise<void>;
  close(): Promise<void>;
}

export function createKnownLogins(deps: {
  connect: (baseUrl: string) => Upstream;
  report: (report: LoginReport, signal: AbortSignal) => Promise<unknown>;
  now: () => number;
  log: Log;
}): KnownLogins {
  const logins = new Map<string, KnownLogin>();
  /** Logins that are gone, until their last renewals have ended. */
  const dropped = new Map<KeptLogin, Promise<void>>();
  const all = () => [...[...logins.values()].map(({ login }) => login), ...dropped.keys()];

  function open(told: LoginTokens, { kind, baseUrl, tokenUrl }: Parameters<KnownLogins['hear']>[1]): KnownLogin {
    const { face } = loginProtocolOf(kind);
    const tokens = deps.connect(tokenUrl);
    const login = keepLogin(told, {
      ask: (refreshToken) => askRenewal({ face, upstream: tokens, now: deps.now }, refreshToken),
      report: deps.report,
      onRefused() {
        for (const guard of opened.guards) guard.hear(401, 'refused');
      },
      log: deps.log,
      now: deps.now,
      random: Math.random,
    });
    const opened: KnownLogin = { login, baseUrl, upstream: deps.connect(baseUrl), tokens, guards: new Set() };
    return opened;
  }

  /** hived does not take the tokens of a renewal that is still running. */
  function drop({ login, upstream, tokens }: KnownLogin): void {
    logins.delete(login.id);
    upstream.release();
    const end = async () => {
      await login.settle(Infinity);
      dropped.delete(login);
      login.close();
      tokens.release();
    };
    dropped.set(login, end());
  }

  return {
    hear(told, at) {
      const before = logins.get(told.login.id);
      before?.login.hear(told);
      const known = before ?? open(told, at);
      logins.set(told.login.id, known);
      return known;
    },
    leave: ({ login }, guard) => void logins.get(login.id)?.guards.delete(guard),
    keepOnly(ids) {
      for (const known of logins.values()) if (!ids.has(known.login.id)) drop(known);
    },
    async settle(ms) {
      await Promise.all(all().map((login) => login.settle(ms)));
    },
    async close() {
      for (const login of all()) login.close();
      await Promise.all(dropped.values());
      await Promise.all([...logins.values()].flatMap(({ upstream, tokens }) => [upstream.close(), tokens.close()]));
    },
  };
}
