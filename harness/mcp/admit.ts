import { createHash, timingSafeEqual } from 'node:crypto';

/** Facts about a request before its body is read. */
export interface SendAttempt {
  host: string | undefined;
  origin: string | undefined;
  authorization: string | undefined;
}

/**
 * Whether a request may reach the MCP server: null, or the refusal. Other programs in the box can reach the port, and
 * so could a page in a browser there (DNS rebinding); neither knows this boot's secret.
 */
export function whyRefused(
  knock: SendAttempt,
  door: { port: number; secret: string },
): { code: string; message: string } | null {
  const hosts = [`127.0.0.1:${door.port}`, `localhost:${door.port}`];
  if (!hosts.includes(knock.host ?? ''))
    return { code: 'wrong_host', message: 'This server does not answer to that Host.' };
  if (knock.origin !== undefined && !hosts.some((host) => knock.origin === `http://${host}`))
    return { code: 'wrong_origin', message: 'Requests from that Origin are refused.' };
  if (!sameSecret(knock.authorization ?? '', `Bearer ${door.secret}`))
    return { code: 'forbidden', message: "This boot's secret is missing or wrong." };
  return null;
}

/** Compares digests, so that timing reveals neither content nor length. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
