import { HiveError } from '../../protocol/errors.ts';
import type { ProviderName } from '../../protocol/providers.ts';
import { providerName } from '../../protocol/schemas/provider.ts';

/** A provider's name from a command line. Throws `invalid_input`; whether there is such a provider, hived knows. */
export function readProvider(name: string | undefined): ProviderName {
  const parsed = providerName.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new HiveError(
    'invalid_input',
    `"${name ?? ''}" cannot be a provider's name: ${parsed.error.issues[0]?.message ?? ''}.`,
  );
}
