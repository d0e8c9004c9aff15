import type { EgressCaller } from '../../../protocol/egress.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import { createRedactor, type Redactor } from '../../../system/redact/redactor.ts';
import type { RequestTarget } from './read-target.ts';

type InjectionsLine = Extract<GatewayControl, { type: 'injections' }>;
type Sent = InjectionsLine['agents'][number]['injections'][number];

/** A secret that the gateway adds to requests of an agent for one host and port. */
export interface Injection {
  /** Where the request is sent, with TLS. */
  readonly port: number;
  readonly header: string;
  /** The header's value; null when the secret has none: such requests are refused. */
  readonly value: string | null;
  /** Takes the secret out of the answer. */
  readonly redactor: Redactor;
}

/** The secrets that are added to requests, as hived sent them last. */
export interface Injections {
  /** Replaces those of all agents. */
  replace(line: InjectionsLine): void;
  /**
   * The one for a request; null when there is none. As long as nothing about it changes, it is the same object. Only
   * plain HTTP can have one: a tunnel is not opened.
   */
  of(agent: EgressCaller, target: Pick<RequestTarget, 'kind' | 'host' | 'port'>): Injection | null;
}

export function createInjections(): Injections {
  let known = new Map<string, Injection>();
  const keyOf = (agent: EgressCaller, { host, port }: { host: string; port: number }) => `${agent} ${host}:${port}`;

  return {
    replace({ agents }) {
      const next = new Map<string, Injection>();
      const redactors = new Map<string, Redactor>();
      for (const { name, injections } of agents)
        for (const sent of injections) {
          const key = keyOf(name, { host: sent.host, port: sent.askedPort });
          const before = known.get(key);
          next.set(key, before !== undefined && isSame(before, sent) ? before : create(sent, redactors));
        }
      known = next;
    },
    of: (agent, target) => (target.kind === 'plain' ? (known.get(keyOf(agent, target)) ?? null) : null),
  };
}

function isSame(known: Injection, { port, header, credential }: Sent): boolean {
  return known.port === port && known.header === header && known.value === (credential?.value ?? null);
}

/** Agents with the same secret share its redactor, whose tables are large. */
function create({ port, header, credential }: Sent, redactors: Map<string, Redactor>): Injection {
  const secret = credential?.secret ?? '';
  const redactor = redactors.get(secret) ?? makeRedactor(secret);
  redactors.set(secret, redactor);
  return { port, header, value: credential?.value ?? null, redactor };
}

function makeRedactor(secret: string): Redactor {
  const secrets = secret === '' ? [] : [{ name: 'secret', value: secret }];
  return createRedactor(secrets, { keyShapes: false, say: () => '[redacted]' });
}
