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

/** Texts of plain words, as `postgres`, `not-needed`, `Change_me`, or of digits: no key is made like that. */
const ORDINARY = /^(?:(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-_. ](?:[A-Z]?[a-z]+|[A-Z]+))*|\d+)$/;
/** A phrase of this many characters is in no other text by chance. */
const PHRASE_CHARS = 20;

/**
 * Whether a value would be found in texts that have nothing to do with it: it cannot be replaced there, since every message
 * and name with the word would be changed.
 */
export function isOrdinary(value: string): boolean {
  return value.length < PHRASE_CHARS && ORDINARY.test(value);
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

export const secretValue = z
  .string()
  .refine((text) => !/[\0\p{Cs}]/u.test(text), { error: 'a secret is text, without NUL' })
  .refine((text) => bytesOf(text) >= SECRET_BYTES.least, {
    error: `a secret has at least ${SECRET_BYTES.least} bytes: a shorter one would be found in ordinary words`,
  })
  .refine((text) => !isOrdinary(text), {
    error: `a secret is no ordinary word or number: it would be found in texts that have nothing to do with it. Words need ${PHRASE_CHARS} characters`,
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
