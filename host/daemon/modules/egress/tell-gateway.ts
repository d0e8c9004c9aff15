import type { ForgeControl, GatewayControl } from '../../../../protocol/schemas/service.ts';
import type { Db } from '../../../../store/open-store.ts';
import { composeInjectedLine, composeInjectionsLine, type ValueOf } from './injections.ts';
import { createQuotas, type Quotas } from './quotas.ts';
import { composeEgressLine } from './resolve-rules.ts';

/** What the gateway knows about hosts outside. */
export interface EgressTeller {
  readonly quotas: Quotas;
  /** Sends every agent's rules, quotas and injected secrets to the gateway. */
  push(): void;
}

export function createEgressTeller(
  deps: Parameters<typeof createQuotas>[0] & {
    db: Db;
    valueOf: ValueOf;
    send: (line: Extract<GatewayControl, { type: 'quotas' | 'injections' | 'egress' }>) => void;
    /** To the forge, which asks for the hosts of its secrets in another form. */
    sendForge: (line: Extract<ForgeControl, { type: 'injected' }>) => void;
  },
): EgressTeller {
  const quotas = createQuotas(deps);
  return {
    quotas,
    push() {
      // Before the rules: no connection is allowed by a line whose quotas and secrets the gateway does not know.
      deps.send(quotas.composeLine());
      deps.send(composeInjectionsLine(deps.db, deps.valueOf));
      deps.send(composeEgressLine(deps.db));
      deps.sendForge(composeInjectedLine(deps.db));
    },
  };
}
