import { nameError } from '../name-error.ts';
import type { LoginFace, RenewalAnswer } from '../protocols/protocol.ts';
import { proxyRefusal, type Upstream } from '../upstream/connect-upstream.ts';

/** An answer after this time is not waited for. */
const ASK_MS = 45_000;
const READ_BYTES = 256 * 1024;
/** Failures before a request is sent: nobody has seen the refresh token. */
const NOT_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|.*CERT.*|EPROTO|ERR_(?:SSL|TLS).*)$/;

/** Sends a refresh token to where tokens are renewed, once. Never rejects. `code`: what failed, for the log. */
export async function askRenewal(
  { face, upstream, now }: { face: LoginFace; upstream: Upstream; now: () => number },
  refreshToken: string,
): Promise<{ answer: RenewalAnswer; code: string }> {
  const { headers, body } = face.request(refreshToken);
  const signal = AbortSignal.timeout(ASK_MS);
  try {
    const given = await upstream.request({ method: 'POST', path: '', headers, body: Buffer.from(body), signal });
    let text = '';
    for await (const chunk of given.body ?? []) {
      text += String(chunk);
      if (text.length > READ_BYTES) break;
    }
    return { answer: face.read({ status: given.status, body: text }, now()), code: String(given.status) };
  } catch (error) {
    const code = nameError(error);
    const isUnsent = NOT_SENT.test(code) || proxyRefusal(error) !== null;
    return { answer: { is: isUnsent ? 'failed' : 'unknown' }, code };
  }
}
