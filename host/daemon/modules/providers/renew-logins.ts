import { HiveError } from '../../../../protocol/errors.ts';
import type { LoginReport } from '../../../../protocol/schemas/login.ts';
import type { createKeyChanges, KeyChangeDeps } from './change-keys.ts';
import type { StoredKey, StoredLogin } from './provider-keys.ts';
import type { Provider } from './provider-list.ts';

/**
 * A stored login, moved by the gateway's reports:
 *
 *   fresh ── renewing ──► sent (`sentAt`) ── renewed ──► fresh, with the next tokens
 *     ▲── unused ────────────┤ ▲
 *                            │ └── renewing ── doubtful (`interruptedAt`; the operator is told)
 *                            └── ended ──► ended, until another login is imported
 *
 * A report is about the tokens that the gateway has: one about tokens that were replaced changes nothing.
 */
export function createLoginRenewals(
  { providerKeys, providerList, providers, clock }: KeyChangeDeps,
  keys: Pick<ReturnType<typeof createKeyChanges>, 'writeKey'>,
) {
  async function find(id: string): Promise<{ provider: Provider; stored: StoredKey; login: StoredLogin } | null> {
    for (const provider of providerList.all())
      for (const stored of await providerKeys.list(provider.id))
        if (stored.login?.id === id) return { provider, stored, login: stored.login };
    return null;
  }

  return {
    /** It is on disk when this returns. To be called one at a time. Throws `not_found` and `wrong_state`. */
    async hear(report: LoginReport): Promise<void> {
      const found = await find(report.login);
      if (found === null) throw new HiveError('not_found', 'There is no such login any more.');
      const { provider, stored, login } = found;
      if (!isSaidAgain(login, report)) {
        if (login.renewals !== report.renewals) throw new HiveError('wrong_state', 'The login has other tokens now.');
        const { key, login: next } = apply({ key: stored.key, login }, report, clock());
        // First: a notice may come twice after a crash, but not never.
        if (login.interruptedAt === null && next.interruptedAt !== null)
          await providers.tellInterrupted(provider, { label: stored.label, login: next });
        await keys.writeKey(provider.id, { label: stored.label, key, login: next });
      }
      // For the next gateway: it must know of the next tokens, and of a refresh token that may be used.
      await providers.push();
    },
  };
}

function isSaidAgain(login: StoredLogin, report: LoginReport): boolean {
  return report.state === 'renewed' && login.renewals === report.renewals + 1 && login.refresh === report.refresh;
}

function apply(
  { key, login }: { key: string; login: StoredLogin },
  report: LoginReport,
  now: number,
): { key: string; login: StoredLogin } {
  switch (report.state) {
    case 'renewing':
      return { key, login: { ...login, sentAt: now } };
    case 'unused':
      return { key, login: { ...login, sentAt: login.interruptedAt } };
    case 'doubtful':
      return { key, login: { ...login, interruptedAt: login.interruptedAt ?? login.sentAt } };
    case 'ended':
      return { key, login: { ...login, ended: report.why, sentAt: null } };
    case 'renewed': {
      const { access, refresh, expiresAt } = report;
      const tokens = { refresh, expiresAt, renewedAt: now, renewals: login.renewals + 1 };
      return { key: access, login: { ...login, ...tokens, sentAt: null, interruptedAt: null, ended: null } };
    }
  }
}
