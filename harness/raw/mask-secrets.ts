const MASK = '[masked]';
/** The shortest part of a secret at the edge of a piece that is masked. */
const PART = 8;

/**
 * Replaces secrets in the pieces of a stream of lines: also the part of one with which a piece begins or ends, because
 * long lines are cut anywhere. Secrets are made of characters that no encoding of the lines changes (base64url).
 */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= PART);
  return (text) => known.reduce(maskOne, text);
}

function maskOne(text: string, secret: string): string {
  let masked = text.replaceAll(secret, MASK);
  for (let length = secret.length - 1; length >= PART; length -= 1) {
    if (masked.endsWith(secret.slice(0, length))) masked = masked.slice(0, -length) + MASK;
    if (masked.startsWith(secret.slice(-length))) masked = MASK + masked.slice(length);
  }
  return masked;
}
