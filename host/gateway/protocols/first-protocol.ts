import { kindFacts, type ProviderKind } from '../../../protocol/providers.ts';
import type { Protocol } from './protocol.ts';
import { PROTOCOLS } from './protocols.ts';

/** The first protocol of a kind of provider: it makes the calls that are for no agent. */
export function firstProtocol(kind: ProviderKind): Protocol {
  const [name] = kindFacts(kind).protocols;
  const found = PROTOCOLS.find((protocol) => protocol.name === name);
  if (found === undefined) throw new Error(`the gateway speaks no protocol of ${kind}`);
  return found;
}
