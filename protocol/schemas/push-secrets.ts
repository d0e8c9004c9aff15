import * as z from 'zod';

/** hived's answer to a search of a push (wire/secret-search.ts): names of secrets, and their offsets in the stream. */
export const secretSearchAnswer = z.strictObject({
  found: z.array(z.strictObject({ name: z.string(), at: z.int().nonnegative() })),
});

/** A secret in a push, without its value. */
export const pushedSecret = z.object({
  /** The secret's name. */
  secret: z.string(),
  /** `name`: the name of a file or directory; `message`: of a commit or tag, its author included; `ref`: a branch's name. */
  where: z.enum(['file', 'name', 'message', 'ref']),
  /** The commit with which it comes; null for a tag's message or a ref. */
  commit: z.string().nullable(),
  /** The pushed branch or tag with that commit, in full; null where there is none, or it contains a secret. */
  ref: z.string().nullable(),
  /** Of a file, or the directory of a name; null where there is none, or it contains a secret. */
  path: z.string().nullable(),
  /** The first line with it, from 1, of a file. */
  line: z.int().positive().nullable(),
});
export type PushedSecret = z.infer<typeof pushedSecret>;
