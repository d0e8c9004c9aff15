import type { Socket } from 'node:net';
import type { EgressRule } from '../../../protocol/egress.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { EgressRecord } from '../../../protocol/schemas/egress.ts';
import type { Log } from '../../../system/log.ts';
import { type Ask, decideOrAsk } from './ask-operator.ts';
import type { EgressRefusal } from './decide-egress.ts';
import type { Dial } from './dial.ts';
import type { EgressRules } from './egress-rules.ts';
import type { OpenConnections } from './open-connections.ts';
import { decideEgress } from './decide-egress.ts';
import type { RequestTarget } from './read-target.ts';

/** How long things may take (milliseconds), and how many there may be. */
export interface EgressLimits {
  /** Deadline for a request's head. */
  readonly headMs: number;
  /** Deadline for the first TLS message in a tunnel. */
  readonly helloMs: number;
  /** Deadline for the connection to the host, its lookup included. */
  readonly connectMs: number;
  /** A connection without traffic is closed after this. */
  readonly idleMs: number;
  /** Connections of one agent at once; further ones are refused. */
  readonly connectionsPerAgent: number;
}

export const EGRESS_LIMITS: EgressLimits = Object.freeze({
  headMs: 15_000,
  helloMs: 15_000,
  connectMs: 15_000,
  idleMs: 300_000,
  connectionsPerAgent: 64,
});

export interface EgressDeps {
  readonly rules: EgressRules;
  readonly dial: Dial;
  readonly ask: Ask;
  readonly open: Pick<OpenConnections, 'add'>;
  readonly limits: EgressLimits;
  readonly now: () => number;
  readonly newId: () => string;
  readonly log: Log;
  /** Takes the record of each connection when it is over, and of each refusal. */
  readonly report: (record: EgressRecord) => void;
}

type Place = Pick<RequestTarget, 'kind' | 'host' | 'port' | 'method'>;

/** A connection to an allowed host. */
export interface OpenConnection {
  readonly socket: Socket;
  /** Ends it, and records why it was refused. */
  refuse(refusal: EgressRefusal): void;
}

/**
 * Decides about a request, connects, and records the connection when it is closed; or records the refusal. `signal`
 * fires when the box's side is gone.
 */
export async function openConnection(
  asked: { agent: AgentName; target: RequestTarget; signal: AbortSignal },
  deps: EgressDeps,
): Promise<OpenConnection | EgressRefusal> {
  const { agent, target, signal } = asked;
  const startedAt = deps.now();
  const decision = await decideOrAsk({ agent, target, signal }, deps);
  if (decision.do === 'refuse') {
    recordRefusal({ agent, target, refusal: decision, startedAt }, deps);
    return decision;
  }
  const { rule } = decision;
  deps.rules.use(rule);
  const dialed = await deps.dial({ agent, target, rule }, signal);
  if ('do' in dialed) {
    recordRefusal({ agent, target, refusal: dialed, rule, startedAt }, deps);
    return dialed;
  }
  let refusal: EgressRefusal | null = null;
  dialed.setTimeout(deps.limits.idleMs, () => {
    refusal ??= { do: 'refuse', code: 'idle', status: 504, words: 'Nothing was sent for too long.' };
    dialed.destroy();
  });
  const end = (given: EgressRefusal) => {
    refusal ??= given;
    logRefusal({ agent, target, refusal: given }, deps);
    dialed.destroy();
  };
  // A connection for which a rule stood just once outlives the rule.
  const judge = () => {
    const again = decideEgress({ agent, target, rules: deps.rules.of(agent) });
    if (!rule.once && again.do === 'refuse') end(again);
  };
  const unsubscribe = deps.rules.subscribe(judge);
  // They may have changed while it was made.
  judge();
  const { kind, host, port } = target;
  const facts = { agent, kind, host, port, rule: rule.id, startedAt };
  const remove = deps.open.add(() => ({ ...facts, bytesUp: dialed.bytesWritten, bytesDown: dialed.bytesRead }));
  dialed.on('error', () => undefined);
  dialed.once('close', () => {
    unsubscribe();
    remove();
    const ended = { verdict: 'allowed' as const, why: null, bytesUp: dialed.bytesWritten, bytesDown: dialed.bytesRead };
    const { code } = refusal ?? {};
    const verdict = code === undefined || code === 'idle' ? { why: code ?? null } : verdictOf(code);
    deps.report({ ...describe({ agent, target, rule, startedAt }, deps), ...ended, ...verdict });
  });
  return { socket: dialed, refuse: end };
}

/** Records a request that reached nothing. */
export function recordRefusal(
  refused: {
    agent: AgentName;
    target: Place;
    refusal: EgressRefusal;
    rule?: EgressRule;
    startedAt?: number;
  },
  deps: EgressDeps,
): void {
  logRefusal(refused, deps);
  deps.report({ ...describe(refused, deps), ...verdictOf(refused.refusal.code), bytesUp: 0, bytesDown: 0 });
}

function describe(
  about: {
    agent: AgentName;
    target: Place;
    rule?: EgressRule;
    startedAt?: number;
  },
  { now, newId }: EgressDeps,
) {
  const { agent, target, rule } = about;
  const endedAt = now();
  const { kind, host, port, method } = target;
  const startedAt = about.startedAt ?? endedAt;
  return { id: newId(), agent, kind, host, port, method, rule: rule?.id ?? null, startedAt, endedAt, count: 1 };
}

function verdictOf(code: EgressRefusal['code']): Pick<EgressRecord, 'verdict' | 'why'> {
  const failed = code === 'no_such_host' || code === 'unreachable';
  return { verdict: failed ? 'failed' : 'refused', why: code };
}

function logRefusal(
  { agent, target, refusal }: { agent: AgentName; target: Place; refusal: EgressRefusal },
  { log }: EgressDeps,
): void {
  const { host, port } = target;
  const { code } = refusal;
  log.info({ agent, code, host, port }, 'egress refused');
}
