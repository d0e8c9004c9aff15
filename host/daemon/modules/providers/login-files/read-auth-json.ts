import * as z from 'zod';
import { loginAccount, loginToken } from '../../../../../protocol/schemas/login.ts';
import { type ImportedLogin, UnusableFile } from './imported-login.ts';

/**
 * The `auth.json` of codex (read in its sources of 2026: codex-rs/login/src/auth/storage.rs and token_data.rs). Other
 * fields and later ones do not matter.
 */
const authJson = z.object({
  auth_mode: z.string().nullish(),
  OPENAI_API_KEY: z.string().nullish(),
  tokens: z
    .object({
      id_token: z.string().nullish(),
      access_token: z.string().nullish(),
      refresh_token: z.string().nullish(),
      account_id: z.string().nullish(),
    })
    .nullish(),
  last_refresh: z.string().nullish(),
});

/** Claims of its tokens. They are not verified: the provider does that. */
const claims = z.object({
  exp: z.number().nullish().catch(null),
  iat: z.number().nullish().catch(null),
  'https://api.openai.com/auth': z
    .object({
      chatgpt_account_id: z.string().nullish().catch(null),
      chatgpt_account_is_fedramp: z.boolean().nullish().catch(null),
    })
    .nullish()
    .catch(null),
});

export function readAuthJson(text: string): ImportedLogin {
  const { auth_mode: mode, OPENAI_API_KEY: apiKey, tokens, last_refresh } = parse(text);
  if (tokens == null || (mode ?? 'chatgpt').toLowerCase() !== 'chatgpt') {
    if ((apiKey ?? '') !== '') throw new UnusableFile('it contains an API key, which is set without --login');
    throw new UnusableFile('it contains no tokens of a ChatGPT login');
  }
  const access = loginToken.safeParse(tokens.access_token).data;
  const refresh = loginToken.safeParse(tokens.refresh_token).data;
  if (access === undefined) throw new UnusableFile('its access token is missing or damaged');
  if (refresh === undefined) throw new UnusableFile('its refresh token is missing or damaged, so it cannot be renewed');
  const ofAccess = readClaims(access);
  const ofAccount = readClaims(tokens.id_token ?? '')?.['https://api.openai.com/auth'];
  const { exp, iat } = ofAccess ?? {};
  const issuedAt = iat == null ? Date.parse(last_refresh ?? '') : iat * 1_000;
  return {
    access,
    refresh,
    account: loginAccount.safeParse(tokens.account_id ?? ofAccount?.chatgpt_account_id).data ?? null,
    isFedramp: ofAccount?.chatgpt_account_is_fedramp ?? false,
    expiresAt: exp == null || exp <= 0 ? null : Math.round(exp * 1_000),
    renewedAt: Number.isFinite(issuedAt) && issuedAt > 0 ? Math.round(issuedAt) : null,
  };
}

function parse(text: string): z.infer<typeof authJson> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UnusableFile('it is not JSON');
  }
  const parsed = authJson.safeParse(json);
  if (!parsed.success) throw new UnusableFile('its fields are not those of such a file');
  return parsed.data;
}

/** The claims of a JSON Web Token; null for another text. */
function readClaims(token: string): z.infer<typeof claims> | null {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    return claims.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    return null;
  }
}
