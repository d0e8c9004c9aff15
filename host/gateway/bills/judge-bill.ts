import type { IncomingHttpHeaders } from 'node:http';
import { kindFacts } from '../../../protocol/providers.ts';
import type { ProviderTest } from '../../../protocol/schemas/service.ts';
import { type AskedWay, bad, plain, sayAddress, sayBaseUrl } from '../judge-test.ts';
import { parseJson } from '../../../system/text/parse-json.ts';

/** Why an answer other than 200 gives no figures. `body` contains no key. */
export function judgeBillAnswer(
  { status, headers, body }: { status: number; headers: IncomingHttpHeaders; body: string },
  way: AskedWay,
): ProviderTest {
  const { provider, kind, protocol, baseUrl } = way;
  const host = sayAddress(baseUrl);
  const said = protocol.probe.errorMessage(parseJson(body));
  const quote = said === null ? String(status) : `${status}: ${plain(said)}`;
  const admin = `It takes an admin key, not one for calls (${kindFacts(kind).adminKey ?? ''}).`;
  if (status === 401) return bad('key', `${host} refuses the admin key (${quote}).`, admin);
  if (status === 403)
    return bad('key', `${host} does not let this key see the organization's usage (${quote}).`, admin);
  if (status === 404 || status === 405)
    return bad(
      'address',
      `${host} has no usage API, or not for this key (${quote}).`,
      `${sayBaseUrl(provider)} ${admin}`,
    );
  if (status === 407)
    return bad('proxy', 'The proxy wants a name and a password (407).', 'Look at proxy.https in config.yaml.');
  if (status === 429) {
    const seconds = /^\d{1,6}$/.test(headers['retry-after'] ?? '')
      ? `in ${headers['retry-after']} seconds`
      : 'in a minute';
    return bad('provider', `${host} was asked for its figures too often (${quote}).`, `Try again ${seconds}.`);
  }
  if (status >= 300 && status < 400)
    return bad(
      'address',
      `${host} sends elsewhere (${status}), and the admin key goes to no other host.`,
      sayBaseUrl(provider),
    );
  if (status === 400) return bad('provider', `${host} does not take the question (${quote}).`, sayBaseUrl(provider));
  return bad('provider', `${host} is out of order (${quote}).`, 'Try again later.');
}

/** It answered, and with something else than figures. */
export function judgeBillBody({ provider, baseUrl }: AskedWay): ProviderTest {
  return bad('address', `${sayAddress(baseUrl)} answers, but not as a usage API does.`, sayBaseUrl(provider));
}
