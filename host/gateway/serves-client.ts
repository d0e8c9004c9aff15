import type { IncomingHttpHeaders } from 'node:http';
import { isSetupToken, kindFacts, type ProviderKind } from '../../protocol/providers.ts';
import type { Account } from './accounts.ts';
import type { Protocol } from './protocols/protocol.ts';

/** Who makes a call. */
export interface CallClient {
  readonly protocol: Protocol;
  /** What the client says of itself. A box can say anything. */
  readonly headers: IncomingHttpHeaders;
  /** The CLI of its agent's driver, by the spec, which a box cannot change; null when the driver has none of its own. */
  readonly cli: string | null;
}

/**
 * Whether an account may pay for a client's call. Logins and subscriptions' tokens are for one CLI alone: for agents
 * whose driver is that CLI, or runs a program that the operator chose, and for calls that look like those of that CLI.
 */
export function servesClient(account: Account, { protocol, headers, cli }: CallClient, kind: ProviderKind): boolean {
  const own = cliOf(account, kind);
  return (own === null || cli === null || cli === own) && protocol.servesClient(account, headers);
}

/** The CLI that an account is for; null for any client. */
function cliOf({ renewed, key }: Account, kind: ProviderKind): string | null {
  const { login, setupToken } = kindFacts(kind);
  if (renewed !== null) return login?.cli ?? null;
  return isSetupToken(kind, key) ? (setupToken?.cli ?? null) : null;
}
