import { lookup } from 'node:dns/promises';
import { isIP, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { EgressCaller, EgressRule } from '../../../protocol/egress.ts';
import type { NetworkAccess } from '../../../protocol/proxy.ts';
import { createLargeBuffers, DirectSocket, type LargeBuffers } from '../../../system/socket/direct-socket.ts';
import { createSlots } from '../../../system/slots.ts';
import { nameError } from '../name-error.ts';
import { classifyAddress } from './classify-address.ts';
import { decideAddresses, type EgressRefusal, refuse } from './decide-egress.ts';
import { chooseWay, ProxyRefusedError, reachByProxy } from './reach-by-proxy.ts';
import type { RequestTarget } from './read-target.ts';
import { secureConnection } from './secure-connection.ts';

/** Connects to an allowed host; with `securePort` by TLS at that port, in place of the target's. */
export type Dial = (
  to: { agent: EgressCaller; target: RequestTarget; rule: EgressRule; securePort?: number | undefined },
  signal: AbortSignal,
) => Promise<Socket | EgressRefusal>;

export interface DialDeps {
  /** The addresses of a name; empty or a rejection when it has none. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** The kind of an address; see classifyAddress. */
  readonly kindOf: (address: string) => string;
  readonly network: NetworkAccess;
  readonly connectMs: number;
}

/** Lookups run in Node's pool of four threads, which decoding of answers needs too. */
const lookups = { total: 2, perCaller: 1 };

/** Of all agents' tunnels together: 8 MiB. */
const MOST_LARGE_BUFFERS = 32;

/**
 * A name is resolved once, all its addresses are checked, and the connection is made to one of exactly these: a second
 * lookup could have another answer. Behind a proxy, names are resolved by the proxy and cannot be checked here.
 */
export function createDial(deps: DialDeps): Dial {
  const slots = createSlots<EgressCaller>(lookups);
  const large = createLargeBuffers(MOST_LARGE_BUFFERS);
  return async ({ agent, target: asked, rule, securePort }, given) => {
    const target = securePort === undefined ? asked : { ...asked, kind: 'tunnel' as const, port: securePort };
    const { host, port } = target;
    // Not AbortSignal.timeout: the signal would end the connection later, too.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), deps.connectMs);
    const signal = AbortSignal.any([given, deadline.signal]);
    const proxy = chooseWay(deps.network, target);
    const { caPem } = deps.network;
    const finish = (socket: Socket): Socket | Promise<Socket> =>
      securePort === undefined ? socket : secureConnection(socket, { host, caPem, signal });
    try {
      if (proxy !== null)
        return await finish(
          await reachByProxy(proxy, { host: rule.address ?? host, port }, { ...deps.network, signal }),
        );
      const addresses =
        rule.address === null ? await slots.run(agent, () => deps.resolve(host).catch(() => [])) : [rule.address];
      signal.throwIfAborted();
      const decision = decideAddresses({ agent, rule, host }, { addresses, kindOf: deps.kindOf });
      if (decision.do === 'refuse') return decision;
      // TLS and HTTP read a socket as a stream; the bytes of a tunnel are carried as they are.
      const direct = asked.kind === 'tunnel' && securePort === undefined ? large : null;
      return await finish(await connectTo(decision.addresses, { host, port, signal, direct }));
    } catch (error) {
      const why = error instanceof ProxyRefusedError ? `the proxy answers ${error.status}` : nameError(error);
      return refuse('unreachable', 502, `The hive's gateway cannot reach ${host}:${port} (${why}).`);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Connects to the first address that answers, of those given and no others. */
function connectTo(
  addresses: readonly string[],
  { host, port, signal, direct }: { host: string; port: number; signal: AbortSignal; direct: LargeBuffers | null },
): Promise<Socket> {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }));
  return new Promise((resolve, reject) => {
    const socket =
      direct === null
        ? new Socket({ signal, allowHalfOpen: true }).setNoDelay()
        : new DirectSocket({ large: direct, signal });
    socket.connect({
      host,
      port,
      autoSelectFamily: pinned.length > 1,
      lookup: (_host, options, done) => {
        const [first] = pinned;
        if (options.all === true) done(null, pinned);
        else done(null, first?.address ?? '', first?.family ?? 4);
      },
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** The system's resolver, with its hosts file. */
export async function resolveName(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** The kind of an address, for this machine as its interfaces are now. */
export function classifyHere(address: string): string {
  return classifyAddress(address, readOwnAddresses());
}

/** The addresses of this machine's interfaces, in the spelling of classifyAddress. */
function readOwnAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));
  return new Set(all.map((address) => ipaddr.parse(address.split('%')[0] ?? '').toString()));
}
