import type { ProviderTest } from '../../protocol/schemas/service.ts';
import { type AskedWay, judgeAnswer, judgeFailure } from './judge-test.ts';
import type { Credential, Refusal } from './protocols/protocol.ts';
import type { Upstream } from './upstream/connect-upstream.ts';
import type { KeyRedaction } from './upstream/redact.ts';

/** All of the test has this long. */
const TEST_MS = 15_000;
/** As much of an answer as is looked at. */
const READ_BYTES = 64 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };
const EMPTY = Buffer.from('{}');

/**
 * Makes the cheapest call there is: asks the provider for its list of models, a compatible API for an answer to an
 * empty request. Both cost nothing. It goes the way that agents' calls take, on a connection of its own: one that stands tells nothing of today's proxy and certificates. Returns what is
 * wrong, and what an answer says of the key, if there was one. Never rejects.
 */
export async function testProvider(
  { connect, account }: { connect: () => Upstream; account: Credential & { redaction: KeyRedaction } },
  way: AskedWay,
): Promise<{ result: ProviderTest; answer: { status: number; refusal: Refusal | null } | null }> {
  const signal = AbortSignal.timeout(TEST_MS);
  const upstream = connect();
  try {
    const { protocol } = way;
    const headers = protocol.requestHeaders(protocol.probe.headers, account);
    const { isOwnApi } = account;
    const answer = await upstream.request(
      isOwnApi
        ? { method: 'GET', path: protocol.probe.path, headers, body: null, signal }
        : { method: 'POST', path: protocol.probe.callPath, headers: { ...headers, ...JSON_TYPE }, body: EMPTY, signal },
    );
    let body = '';
    for await (const chunk of answer.body ?? []) {
      body += String(chunk);
      if (body.length > READ_BYTES) break;
    }
    const said = account.redaction.redactText(body);
    const { status } = answer;
    const failed = { status, headers: answer.headers, body: said };
    const refusal = status < 400 ? null : protocol.readRefusal(failed);
    return { result: judgeAnswer({ status, body: said, refusal }, way), answer: { status, refusal } };
  } catch (error) {
    return { result: judgeFailure(signal.aborted ? signal.reason : error, way), answer: null };
  } finally {
    await upstream.close();
  }
}
