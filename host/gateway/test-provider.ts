import type { ProviderTest } from '../../protocol/schemas/service.ts';
import { redactText } from './anthropic/redact.ts';
import type { Upstream } from './anthropic/upstream.ts';
import { buildRequestHeaders } from './anthropic/headers.ts';
import { type AskedWay, judgeAnswer, judgeFailure } from './judge-test.ts';

/** All of the test has this long. */
const TEST_MS = 15_000;
/** As much of an answer as is looked at. */
const READ_BYTES = 64 * 1024;

/**
 * Asks the provider for its list of models, which costs nothing, by the way that agents' calls take, on
 * a connection of its own: one that stands tells nothing of today's proxy and certificates. Returns what is
 * wrong, and the status, if there was an answer. Never rejects.
 */
export async function testProvider(
  { connect, key }: { connect: () => Upstream; key: string },
  way: AskedWay,
): Promise<{ result: ProviderTest; status: number | null }> {
  const signal = AbortSignal.timeout(TEST_MS);
  const upstream = connect();
  try {
    const headers = buildRequestHeaders({ 'anthropic-version': '2023-06-01' }, key);
    const answer = await upstream.get('/v1/models?limit=1', { headers, signal });
    let body = '';
    for await (const chunk of answer.body ?? []) {
      body += String(chunk);
      if (body.length > READ_BYTES) break;
    }
    return { result: judgeAnswer({ status: answer.status, body: redactText(body, key) }, way), status: answer.status };
  } catch (error) {
    return { result: judgeFailure(signal.aborted ? signal.reason : error, way), status: null };
  } finally {
    await upstream.close();
  }
}
