import * as z from 'zod';
import { builtInKind, kindFacts } from '../../../protocol/providers.ts';
import { baseUrl, providerKind } from '../../../protocol/schemas/provider.ts';

/** A provider's declaration in config.yaml: whether it is complete depends on its name, which `whyIncomplete` judges. */
export const providerConfig = z.strictObject({
  kind: providerKind.optional(),
  base_url: baseUrl.optional(),
  login: z.strictObject({ base_url: baseUrl.optional(), token_url: baseUrl.optional() }).optional(),
});

/** What a provider's declaration lacks; null when it is complete. */
export function whyIncomplete(name: string, given: z.output<typeof providerConfig>): string | null {
  const builtIn = builtInKind(name);
  const kind = given.kind ?? builtIn;
  if (kind === null) return `a provider of your own needs a kind (${providerKind.options.join(', ')})`;
  if (builtIn !== null && kind !== builtIn) return `the kind of "${name}" is always ${builtIn}: choose another name`;
  if (given.base_url === undefined && kindFacts(kind).baseUrl === null) return `the kind ${kind} needs a base_url`;
  if (given.login !== undefined && kindFacts(kind).login === null) return `the kind ${kind} takes no logins`;
  return null;
}
