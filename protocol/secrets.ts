import * as z from 'zod';
import { agentName, roleAddress } from './names.ts';

/** The limits of a value, in bytes of UTF-8. A shorter one would be found in ordinary words. */
export const SECRET_BYTES = { least: 8, most: 8_192 } as const;
/** The maximum number of secrets in a hive. */
export const MOST_SECRETS = 500;

/** The name of a secret for agents, and of its file in their boxes. */
export const secretName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, {
  error: "a secret's name has 1 to 40 letters, digits, '_' and '-', and begins with a letter",
});

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

export const secretValue = z
  .string()
  .refine((text) => !/[\0\p{Cs}]/u.test(text), { error: 'a secret is text, without NUL' })
  .refine((text) => bytesOf(text) >= SECRET_BYTES.least, {
    error: `a secret has at least ${SECRET_BYTES.least} bytes: a shorter one would be found in ordinary words`,
  })
  .refine((text) => bytesOf(text) <= SECRET_BYTES.most, {
    error: `a secret has at most ${SECRET_BYTES.most} bytes`,
  });

/** Who gets a secret: an agent, or every agent with a role. */
export const secretSubject = z.union([agentName, roleAddress], {
  error: 'a secret is granted to an agent\'s name or to "@role:<role>"',
});

/** A secret, without its value. */
export const secretView = z.strictObject({
  name: secretName,
  setAt: z.int().nonnegative(),
  grants: z.array(secretSubject),
  /** The agents that have it now. */
  agents: z.array(agentName),
});
export type SecretView = z.infer<typeof secretView>;
