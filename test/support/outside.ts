import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ForgeRig, startRig } from '../../forge/testing/forge-rig.ts';
import type { Limits } from '../../forge/limits.ts';
import { PRIVATE_NAME, startPrivateProvider } from '../../host/gateway/fixtures/private-provider.ts';
import { makeRule, type RunningEgress, runEgress } from '../../host/gateway/fixtures/run-egress.ts';
import { openGitHost } from './git-host.ts';

/** A forge whose way out is the gateway's real proxy, and a git server outside, by HTTP and by TLS of a private CA. */
export interface Outside {
  readonly rig: ForgeRig;
  readonly egress: RunningEgress;
  readonly host: Awaited<ReturnType<typeof openGitHost>>;
  /** `name:port` of the server without TLS, and with it. */
  readonly plain: string;
  readonly tls: string;
  /** The addresses of other names; there is none of that name otherwise. */
  readonly names: Map<string, string[]>;
  /** Allows the hive these hosts, at this machine's address. */
  allow(...places: string[]): void;
  close(): Promise<void>;
}

export async function openOutside(
  options: { password?: string; limits?: Partial<Limits>; maxPackBytes?: number } = {},
): Promise<Outside> {
  const host = await openGitHost(options.password ?? null);
  const server = createServer(host.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const secure = await startPrivateProvider();
  secure.answer = host.listener;
  const names = new Map<string, string[]>();
  const { caPem } = secure;
  const egress = await runEgress({
    caller: 'hive',
    network: { caPem },
    resolve: (name) => Promise.resolve(names.get(name) ?? []),
  });
  const rig = await startRig(options.limits, options.maxPackBytes, { outside: { egressSocket: egress.path, caPem } });
  return {
    rig,
    egress,
    host,
    names,
    plain: `git.test:${(server.address() as AddressInfo).port}`,
    tls: `${PRIVATE_NAME}:${secure.providerPort}`,
    allow: (...places) =>
      egress.rules.set([{ name: 'hive', rules: places.map((place, index) => makeRule(place, index + 1)) }]),
    async close() {
      await rig.close();
      await egress.close();
      await secure.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await host.close();
    },
  };
}
