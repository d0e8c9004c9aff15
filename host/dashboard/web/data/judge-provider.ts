import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import { DEMO } from '../../../../protocol/providers.ts';
import type { HeldAccount } from '../../../../protocol/schemas/gateway.ts';
import type { StateStyle } from './order-fleet.ts';

export type ProviderView = OpOutput<(typeof operatorSurface)['listProviders']>['providers'][number];
export type KeyView = ProviderView['keys'][number];

/** A limit of a key: on which models (null: all, or not known), and when it ends. */
export type KeyLimit = Pick<HeldAccount, 'models' | 'until'> & { readonly kind: HeldAccount['kind'] | null };

/** The state of a provider in a few words. */
interface Health {
  readonly color: StateStyle['color'];
  readonly words: string;
  /** It keeps agents waiting. */
  readonly isTrouble: boolean;
}

/**
 * The limits that hold a key: the gateway's, which knows them by model; without an answer of the gateway, the newest one
 * that hived was told of.
 */
export function limitsOf(provider: ProviderView, key: KeyView, held: readonly HeldAccount[] | null): KeyLimit[] {
  if (held !== null) return held.filter((one) => one.provider === provider.name && one.key === key.label);
  return key.limitedUntil === null ? [] : [{ models: null, kind: null, until: key.limitedUntil }];
}

/** The state of a provider, the worst first. `held`: null when the gateway does not answer. */
export function judgeProvider(provider: ProviderView, held: readonly HeldAccount[] | null): Health {
  const { keys, agents, outage } = provider;
  if (provider.name === DEMO)
    return provider.active
      ? { color: 'green', words: 'Answers from a script: no model thinks', isTrouble: false }
      : { color: 'gray', words: 'Scripted answers, for trying things out', isTrouble: false };
  if (keys.length === 0) return { color: agents.length > 0 ? 'orange' : 'gray', words: 'No key', isTrouble: false };
  const refused = keys.filter(({ refused: status }) => status !== null);
  if (refused.length === keys.length)
    return { color: 'red', words: keys.length === 1 ? 'Its key is refused' : 'All its keys are refused', isTrouble: true };
  if (outage !== null) return { color: 'red', words: 'Its calls fail', isTrouble: true };
  const limited = keys.filter((key) => limitsOf(provider, key, held).length > 0);
  const usable = keys.filter((key) => key.refused === null && !limited.includes(key));
  if (usable.length === 0)
    return { color: 'orange', words: keys.length === 1 ? 'Under a limit' : 'All its keys are under a limit', isTrouble: true };
  if (usable.length < keys.length)
    return { color: 'green', words: `Answers with ${usable.length} of its ${keys.length} keys`, isTrouble: false };
  return { color: 'green', words: 'Ready', isTrouble: false };
} // prettier-ignore
