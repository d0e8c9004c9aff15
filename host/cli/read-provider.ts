import { HiveError } from '../../protocol/errors.ts';
import { type ProviderName, SAID_PROVIDERS } from '../../protocol/providers.ts';
import { providerName } from '../../protocol/schemas/provider.ts';

/** A provider's name from a command line. Throws `unknown_provider`, listing the known ones. */
export function readProvider(name: string | undefined): ProviderName {
  const known = providerName.safeParse(name);
  if (known.success) return known.data;
  throw new HiveError('unknown_provider', `There is no provider "${name ?? ''}". There is: ${SAID_PROVIDERS}.`);
}
