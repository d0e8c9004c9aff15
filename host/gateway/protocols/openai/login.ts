import * as z from 'zod';
import { type LoginEnd, loginToken } from '../../../../protocol/schemas/login.ts';
import type { LoginFace, RenewalAnswer } from '../protocol.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

/**
 * The renewal of a ChatGPT login as codex makes it. Source: github.com/openai/codex, codex-rs/login/src/auth/manager.rs
 * (as of 2026): the client's id, the form of request and answer, and the codes of errors that are final.
 */
const CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann';

const tokens = z.object({
  access_token: loginToken,
  refresh_token: loginToken.nullish(),
  expires_in: z.number().positive().nullish().catch(null),
});
const code = z.string().nullish().catch(null);
const failure = z.object({ error: z.union([z.string(), z.object({ code })]).nullish(), code });
const claims = z.object({ exp: z.number(), iat: z.number().nullish().catch(null) });
const modelList = z.object({ models: z.array(z.unknown()) });

/** `invalid_grant` is the same in the words of OAuth (RFC 6749, 5.2). */
const ENDS: Readonly<Record<string, LoginEnd>> = {
  refresh_token_expired: 'expired',
  refresh_token_reused: 'reused',
  refresh_token_invalidated: 'revoked',
  invalid_grant: 'refused',
};

export const login: LoginFace = {
  request: (refreshToken) => ({
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ client_id: CLIENT_ID, grant_type: 'refresh_token', refresh_token: refreshToken }),
  }),
  read: readRenewal,
  // It answers with the models that a client of this version may show.
  probe: { path: '/models?client_version=0.169.0', isModelList: (body) => modelList.safeParse(body).success },
};

function readRenewal({ status, body }: { status: number; body: string }, now: number): RenewalAnswer {
  const json = parseJson(body);
  if (status >= 200 && status < 300) {
    const { data } = tokens.safeParse(json);
    if (data === undefined) return { is: 'unknown' };
    const { access_token: access, refresh_token: refresh = null, expires_in: seconds } = data;
    return { is: 'renewed', access, refresh, expiresAt: endOf(access, seconds ?? null, now) };
  }
  const why = ENDS[readCode(json)?.toLowerCase() ?? ''];
  if (why !== undefined) return { is: 'ended', why };
  if (status === 401) return { is: 'ended', why: 'refused' };
  return { is: status >= 500 ? 'unknown' : 'failed' };
}

function readCode(json: unknown): string | null {
  const { error, code: outer } = failure.safeParse(json).data ?? {};
  return (typeof error === 'string' ? error : error?.code) ?? outer ?? null;
}

/** By this machine's clock, which may differ from the provider's: how long the token is valid counts from now. */
function endOf(access: string, seconds: number | null, now: number): number | null {
  if (seconds !== null) return Math.round(now + seconds * 1_000);
  const payload = Buffer.from(access.split('.')[1] ?? '', 'base64url').toString('utf8');
  const { exp, iat } = claims.safeParse(parseJson(payload)).data ?? {};
  if (exp === undefined || exp <= 0) return null;
  return Math.round(iat == null || iat >= exp ? exp * 1_000 : now + (exp - iat) * 1_000);
}
