import type { NetworkAccess } from '../../../protocol/proxy.ts';
import type { BillReport } from '../../../protocol/schemas/bill.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import type { Log } from '../../../system/log.ts';
import type { KnownProviders } from '../known-providers.ts';
import { firstProtocol } from '../protocols/first-protocol.ts';
import { askBill, type AskedBill } from './ask-bill.ts';

interface BillDeps {
  readonly find: KnownProviders['find'];
  readonly network: NetworkAccess;
  readonly send: (report: BillReport) => Promise<unknown>;
  readonly log: Log;
}

/** Asks a provider's usage API what a line wants to know, and reports the answer. */
export async function reportBill(
  { id, provider, adminKey, from }: Extract<GatewayControl, { type: 'bill' }>,
  { find, network, send, log }: BillDeps,
): Promise<void> {
  const asked = await ask();
  log.info(
    { provider, rows: asked.rows.length, about: asked.failure?.about ?? null },
    'a provider was asked for its figures',
  );
  await send({ id, ...asked });

  async function ask(): Promise<AskedBill> {
    const known = find(provider);
    const protocol = known === null ? null : firstProtocol(known.kind);
    if (known === null || protocol === null || protocol.bills === null)
      return {
        failure: { ok: false, about: 'gateway', found: `No usage API of ${provider} is known.`, advice: null },
        rows: [],
      };
    const { kind, baseUrl, connect } = known;
    return askBill(
      { connect: () => connect(baseUrl), adminKey, from },
      { provider, kind, protocol, baseUrl, network, bills: protocol.bills },
    );
  }
}
