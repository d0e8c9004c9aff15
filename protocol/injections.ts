import * as z from 'zod';
import { egressHost } from './egress.ts';
import { HIVE } from './hive-caller.ts';
import { INJECTED_PORT } from './injection-words.ts';
import { agentName, epochMs, roleAddress, rowId } from './names.ts';
import { secretName } from './secrets.ts';

/** Headers that say how a request is carried, or which one it is: no secret's. */
const NOT_FOR_SECRETS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The header that carries a secret, in lower case. */
export const injectionHeader = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: 'a header has letters, digits and "-", like authorization' })
  .refine((name) => !NOT_FOR_SECRETS.has(name) && !name.startsWith('proxy-'), {
    error: 'this header says how a request is carried: it can hold no secret',
  });

/** How the header holds the secret: after the word "Bearer", as a password in "Basic", or alone. */
export const injectionScheme = z.enum(['bearer', 'basic', 'plain']);
export type InjectionScheme = z.infer<typeof injectionScheme>;

/** The user name before the password in "Basic". */
export const injectionUser = z.string().regex(/^[\x21-\x39\x3b-\x7e]{1,100}$/, {
  error: 'a user name has 1 to 100 ASCII characters without blanks and ":"',
});

/** Whose requests get a secret: an agent's, those of every agent with a role, or the hive's own. */
export const injectionSubject = z.union([agentName, roleAddress, z.literal(HIVE)], {
  error: 'a secret is added for an agent\'s name, "@role:<role>" or "hive" (the hive itself)',
});

/** What the operator declares: requests of these agents for this host get this secret. */
export const injectionInput = z.strictObject({
  subject: injectionSubject,
  host: egressHost,
  port: z.int().min(1).max(65_535).default(INJECTED_PORT),
  secret: secretName,
  header: injectionHeader.default('authorization'),
  scheme: injectionScheme,
  /** For the scheme `basic`. */
  user: injectionUser.optional(),
});

export const injectionView = z.strictObject({
  id: rowId,
  subject: injectionSubject,
  host: egressHost,
  port: z.int(),
  secret: secretName,
  header: injectionHeader,
  scheme: injectionScheme,
  user: injectionUser.nullable(),
  createdAt: epochMs,
});
export type InjectionView = z.infer<typeof injectionView>;
