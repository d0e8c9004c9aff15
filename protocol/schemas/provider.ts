import * as z from 'zod';
import { DEMO, PROVIDER_KIND_NAMES } from '../providers.ts';

/** Names that mean somebody else wherever a provider is named. */
const RESERVED: ReadonlySet<string> = new Set([DEMO, 'none']);

/** A provider's name, which the operator chose. */
export const providerName = z
  .string()
  .regex(/^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/, {
    error: 'a provider\'s name has 1 to 32 characters: lower-case letters, digits and "-", starting with a letter',
  })
  .refine((name) => !RESERVED.has(name), { error: 'that name is reserved' })
  .brand<'ProviderName'>();

/** Who answered a call: a provider, or the demo model. */
export const answererName = z.union([providerName, z.literal(DEMO)]);

export const providerKind = z.enum(PROVIDER_KIND_NAMES, {
  error: `a kind is one of ${PROVIDER_KIND_NAMES.join(', ')}`,
});

/** The base URL of a provider's API. Its credentials are the key's business, and a query belongs to a call. */
export const baseUrl = z.string().max(500).refine(isBaseUrl, {
  error: 'must be a URL like https://api.example.com/v1, without a user name, a query and a fragment',
});

function isBaseUrl(text: string): boolean {
  // The parser drops line breaks and blanks at the ends.
  if (/[\s\p{C}]/u.test(text) || !/^https?:\/\//i.test(text)) return false;
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && url.username === '' && url.password === '' && !/[?#]/.test(text);
}

/** A key's name among those of its provider. */
export const keyLabel = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, {
  error: 'a key\'s label has 1 to 32 characters: lower-case letters, digits and "-"',
});
/** The label of a key that was given none. */
export const FIRST_KEY = 'main';
