import type { EgressCaller } from '../../../protocol/egress.ts';
import { decideEgress, type EgressDecision } from './decide-egress.ts';
import type { EgressRules } from './egress-rules.ts';
import type { RequestTarget } from './read-target.ts';

/** Asks the operator through hived (`askEgress`). */
export type Ask = (about: {
  agent: EgressCaller;
  host: string;
  port: number;
  kind: RequestTarget['kind'];
}) => Promise<{ approval: number | null; waitMs: number }>;

/**
 * Decides about a request; one that no rule is about waits for the operator's answer, as long as hived says. The answer
 * comes as a change of the rules.
 */
export async function decideOrAsk(
  { agent, target, signal }: { agent: EgressCaller; target: RequestTarget; signal: AbortSignal },
  deps: { rules: EgressRules; ask: Ask; now: () => number },
): Promise<EgressDecision> {
  const decide = () => decideEgress({ agent, target, rules: deps.rules.of(agent) });
  const first = decide();
  if (first.do === 'allow' || first.code !== 'not_allowed') return first;
  const { host, port, kind } = target;
  const asked = await deps.ask({ agent, host, port, kind }).catch(() => ({ approval: null, waitMs: 0 }));
  const until = deps.now() + asked.waitMs;
  for (;;) {
    const decision = decide();
    if (decision.do === 'allow' || decision.code !== 'not_allowed') return decision;
    const leftMs = until - deps.now();
    if (leftMs <= 0 || signal.aborted)
      return asked.approval === null
        ? decision
        : { ...decision, words: `${decision.words} (The operator was asked: approval ${asked.approval}.)` };
    await deps.rules.changed(leftMs, signal);
  }
}
