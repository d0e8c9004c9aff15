import * as z from 'zod';
import { epochMs } from '../names.ts';

/**
 * Why a login cannot be renewed any more: its refresh token is too old; somebody else has used it, too; it was revoked;
 * or the provider refuses it without a reason that is known.
 */
export const LOGIN_ENDS = ['expired', 'reused', 'revoked', 'refused'] as const;
export type LoginEnd = (typeof LOGIN_ENDS)[number];

/** A token is sent in a header, so it has no blanks and no line breaks. */
export const loginToken = z.string().regex(/^[\x21-\x7e]{8,16384}$/, { error: 'not a token' });
export const loginAccount = z.string().regex(/^[\x21-\x7e]{1,200}$/, { error: 'not an account' });

/** Made at an import; the name of the login in reports and logs. Too short to be taken for a token there. */
export const loginId = z.string().regex(/^[0-9a-f]{12}$/, { error: 'not the id of a login' });

/** A login beside its access token: how it is renewed. Only hived and the gateway have it. */
export const loginState = z.strictObject({
  id: loginId,
  /** Valid once: the answer to its use contains the next one. */
  refresh: loginToken,
  /** The account that pays, if the login's file says which. */
  account: loginAccount.nullable(),
  /** The account is on the provider's servers for public authorities. */
  isFedramp: z.boolean(),
  /** When the access token ends, by this machine's clock; null when it does not say. */
  expiresAt: epochMs.nullable(),
  /** When the access token was issued, as far as is known. */
  renewedAt: epochMs,
  /** How often the hive has renewed it. A report about another number is out of date. */
  renewals: z.int().nonnegative(),
  /** Since when the refresh token may have been used without its answer being stored; null: it was not. */
  sentAt: epochMs.nullable(),
  ended: z.enum(LOGIN_ENDS).nullable(),
});
export type LoginState = z.infer<typeof loginState>;

const aboutLogin = { login: loginId, renewals: z.int().nonnegative() };

/**
 * The gateway's report about a login. `renewing`: its refresh token is about to be sent to the provider. `renewed`: the
 * provider's answer, which nobody uses before hived has stored it. `unused`: the refresh token was not used after all.
 * `doubtful`: no answer came, and none can come any more. `ended`: the provider will not renew it.
 */
export const loginReport = z.discriminatedUnion('state', [
  z.strictObject({ state: z.enum(['renewing', 'unused', 'doubtful']), ...aboutLogin }),
  z.strictObject({
    state: z.literal('renewed'),
    ...aboutLogin,
    access: loginToken,
    refresh: loginToken,
    expiresAt: epochMs.nullable(),
  }),
  z.strictObject({ state: z.literal('ended'), ...aboutLogin, why: z.enum(LOGIN_ENDS) }),
]);
export type LoginReport = z.infer<typeof loginReport>;
