import type { Socket } from 'node:net';
import type { EgressCaller, EgressRule } from '../../../protocol/egress.ts';
import type { ConnectionStart, EgressRecord } from '../../../protocol/schemas/egress.ts';
import type { Log } from '../../../system/log.ts';
import { type Ask, decideOrAsk } from './ask-operator.ts';
import type { Dial } from './dial.ts';
import type { EgressRules } from './egress-rules.ts';
import type { OpenConnections } from './open-connections.ts';
import { decideEgress, type EgressRefusal, refuse } from './decide-egress.ts';
import type { Traffic } from './traffic.ts';
import type { Injection, Injections } from './injections.ts';
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
  readonly injections: Pick<Injections, 'of'>;
  readonly traffic: Pick<Traffic, 'usedUp' | 'count'>;
  /** Takes each connection that was made, and later its record. */
  readonly begin: (start: ConnectionStart) => void;
  readonly end: (record: EgressRecord) => void;
  /** Takes the record of a request that reached nothing. */
  readonly refuse: (record: EgressRecord) => void;
}

type Place = Pick<RequestTarget, 'kind' | 'host' | 'port' | 'method'>;

/** A connection to an allowed host. */
export interface OpenConnection {
  readonly socket: Socket;
  /** The secret that is added to its request. The connection is one by TLS then. */
  readonly injection: Injection | null;
  /** Ends it, and records why it was refused. */
  refuse(refusal: EgressRefusal): void;
  /** Counts what passed since the last time. Ends the connection when that used up a quota. */
  count(): void;
}

/**
 * Decides about a request, connects, and records the connection when it is closed; or records the refusal. `signal`
 * fires when the box's side is gone.
 */
export async function openConnection(
  asked: { agent: EgressCaller; target: RequestTarget; signal: AbortSignal },
  deps: EgressDeps,
): Promise<OpenConnection | EgressRefusal> {
  const { agent, target, signal } = asked;
  const startedAt = deps.now();
  const decision = decideQuota(agent, deps) ?? (await decideOrAsk({ agent, target, signal }, deps));
  if (decision.do === 'refuse') {
    recordRefusal({ agent, target, refusal: decision, startedAt }, deps);
    return decision;
  }
  const { rule } = decision;
  const injection = deps.injections.of(agent, target);
  if (injection?.value === null) {
    recordRefusal({ agent, target, refusal: NO_VALUE, rule, startedAt }, deps);
    return NO_VALUE;
  }
  deps.rules.use(rule);
  const dialed = await deps.dial({ agent, target, rule, securePort: injection?.port }, signal);
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
    if (refusal !== null) return;
    refusal = given;
    logRefusal({ agent, target, refusal: given }, deps);
    dialed.destroy();
  };
  let counted = 0;
  const count = () => {
    const passed = dialed.bytesWritten + dialed.bytesRead;
    const words = deps.traffic.count(agent, passed - counted);
    counted = passed;
    if (words !== null) end(refuse('quota', 403, words));
  };
  // A connection for which a rule stood just once outlives the rule.
  const judge = () => {
    const again = decideEgress({ agent, target, rules: deps.rules.of(agent) });
    if (!rule.once && again.do === 'refuse') end(again);
    else if (deps.injections.of(agent, target) !== injection) end(WITHDRAWN);
  };
  const unsubscribe = deps.rules.subscribe(judge);
  const { kind, host, port, method } = target;
  const facts = { agent, kind, host, port, rule: rule.id, startedAt };
  const start = { id: deps.newId(), ...facts, method };
  deps.begin(start);
  // They may have changed while it was made.
  judge();
  const remove = deps.open.add(() => ({ ...facts, bytesUp: dialed.bytesWritten, bytesDown: dialed.bytesRead }));
  dialed.on('error', () => undefined);
  dialed.once('close', () => {
    unsubscribe();
    remove();
    deps.traffic.count(agent, dialed.bytesWritten + dialed.bytesRead - counted);
    const ended = {
      verdict: 'allowed' as const,
      why: injection === null ? null : 'with_secret',
      bytesUp: dialed.bytesWritten,
      bytesDown: dialed.bytesRead,
    };
    const { code } = refusal ?? {};
    const verdict = code === undefined || code === 'idle' ? { why: code ?? ended.why } : verdictOf(code);
    deps.end({ ...start, endedAt: deps.now(), count: 1, ...ended, ...verdict });
  });
  return { socket: dialed, injection, refuse: end, count };
}

const NO_VALUE = refuse(
  'no_secret',
  503,
  'The secret that the operator set for this host has no value that a header can hold. Tell the operator: hivectl egress ls',
);
const WITHDRAWN = refuse('no_secret', 403, 'The secret for this host was changed or withdrawn.');

/** Refuses an agent that has used up a quota; the operator is not asked for a host that it could not reach. */
function decideQuota(agent: EgressCaller, { traffic }: EgressDeps): EgressRefusal | null {
  const words = traffic.usedUp(agent);
  return words === null ? null : refuse('quota', 403, words);
}

/** Records a request that reached nothing. */
export function recordRefusal(
  refused: {
    agent: EgressCaller;
    target: Place;
    refusal: EgressRefusal;
    rule?: EgressRule;
    startedAt?: number;
  },
  deps: EgressDeps,
): void {
  logRefusal(refused, deps);
  const { agent, target, refusal, rule } = refused;
  const { kind, host, port, method } = target;
  const endedAt = deps.now();
  const startedAt = refused.startedAt ?? endedAt;
  const facts = { id: deps.newId(), agent, kind, host, port, method, rule: rule?.id ?? null, startedAt, endedAt };
  deps.refuse({ ...facts, ...verdictOf(refusal.code), bytesUp: 0, bytesDown: 0, count: 1 });
}

function verdictOf(code: EgressRefusal['code']): Pick<EgressRecord, 'verdict' | 'why'> {
  const failed = code === 'no_such_host' || code === 'unreachable';
  return { verdict: failed ? 'failed' : 'refused', why: code };
}

function logRefusal(
  { agent, target, refusal }: { agent: EgressCaller; target: Place; refusal: EgressRefusal },
  { log }: EgressDeps,
): void {
  const { host, port } = target;
  const { code } = refusal;
  log.info({ agent, code, host, port }, 'egress refused');
}
