import { TOKEN_PREFIX } from '../../protocol/schemas/forge-token.ts';

/** 32 random bytes in base64url. */
const TOKEN = new RegExp(`^${TOKEN_PREFIX}[A-Za-z0-9_-]{43}$`);

/**
 * The token of an `Authorization` header, the same for every scheme: `token X`, `Bearer X`, and Basic with the token as
 * the password or, as some clients send it, as the name. Null for any other header; the name beside it is not read.
 */
export function readToken(header: string | undefined): string | null {
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +(\S+)$/.exec(header?.trim() ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'token':
    case 'bearer':
      return TOKEN.test(value) ? value : null;
    case 'basic':
      return readBasic(value);
    default:
      return null;
  }
}

function readBasic(value: string): string | null {
  const [, name = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  const found = [password, name].filter((part) => TOKEN.test(part));
  // Two different ones: it is not ours to choose.
  return new Set(found).size === 1 ? (found[0] ?? null) : null;
}
