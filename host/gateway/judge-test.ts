import { isIP } from 'node:net';
import { builtInKind, isOwnApi, type ProviderKind, type ProviderName, sayProvider } from '../../protocol/providers.ts';
import { hideCredentials, type NetworkAccess } from '../../protocol/proxy.ts';
import type { ProviderTest } from '../../protocol/schemas/service.ts';
import { shorten } from '../../system/text/cut-text.ts';
import { nameError } from './name-error.ts';
import type { Protocol, Refusal } from './protocols/protocol.ts';
import { proxyRefusal } from './upstream/connect-upstream.ts';
import { parseJson } from '../../system/text/parse-json.ts';

/** The tested address, protocol and network path. */
export interface AskedWay {
  readonly provider: ProviderName;
  readonly kind: ProviderKind;
  readonly protocol: Protocol;
  readonly baseUrl: string;
  readonly network: NetworkAccess;
}

/** Longest quote of a provider's own words. */
const QUOTED_CHARS = 160;
const PROXY = 'Look at proxy.https in config.yaml, or HTTPS_PROXY.';
const CA_FILE =
  'If a proxy of yours opens TLS, name its certificate: proxy.ca_file in config.yaml, or NODE_EXTRA_CA_CERTS.';

/** The diagnosis of key and address from an answer to the free call. `body` contains no key. */
export function judgeAnswer(
  answer: { status: number; body: string; refusal: Refusal | null },
  { provider, kind, protocol, baseUrl }: AskedWay,
): ProviderTest {
  const host = sayAddress(baseUrl);
  const label = sayProvider({ name: provider, kind });
  const badKey = (found: string) => bad('key', found, 'Set another one.', `hivectl provider set ${provider}`);
  const checkUrl = sayBaseUrl(provider);
  const { status, refusal } = answer;
  const body = parseJson(answer.body);
  const said = protocol.probe.errorMessage(body);
  const quote = said === null ? String(status) : `${status}: ${plain(said)}`;
  // It has looked at an empty request, and so at the key before.
  if (!isOwnApi(kind) && (status === 400 || status === 422) && refusal === null && body !== undefined)
    return good(`${host} answers as such an API does, and did not refuse the key`);
  if (status === 200)
    return protocol.probe.isModelList(body)
      ? good(`${host} takes the key`)
      : bad('address', `${host} answers, but not as ${label}'s API does (a sign-in page of a proxy?).`, checkUrl);
  if (refusal === 'refused') return badKey(`${host} refuses the key (${quote}).`);
  if (status === 403 && said !== null) return badKey(`${host} does not allow this key what it asks for (${quote}).`);
  if (status === 403)
    return bad(
      'proxy',
      `${host} is blocked on the way (403, and not in the provider's words).`,
      'Ask whoever runs the proxy or the firewall to let it through.',
    );
  if (status === 407) return bad('proxy', 'The proxy wants a name and a password (407).', PROXY);
  if (status === 429) return good(`${host} takes the key, but its limit is reached now (${quote})`);
  if (status >= 300 && status < 400)
    return bad('address', `${host} sends elsewhere (${status}), and the key goes to no other host.`, checkUrl);
  if (status === 404 || status === 405)
    return bad('address', `${host} answers, but has no ${label} API there (${status}).`, checkUrl);
  return bad('provider', `${host} is out of order (${quote}).`, 'Agents wait and try again by themselves.');
}

/** The diagnosis of address, proxy, certificate or network from a call without an answer. */
export function judgeFailure(error: unknown, way: AskedWay): ProviderTest {
  const host = sayAddress(way.baseUrl);
  const checkUrl = sayBaseUrl(way.provider);
  const refused = proxyRefusal(error);
  const proxy = proxyOf(way);
  if (refused !== null) {
    if (refused === 407) return bad('proxy', `The proxy ${sayProxy(proxy)} wants a name and a password (407).`, PROXY);
    return bad(
      'proxy',
      `The proxy ${sayProxy(proxy)} does not let the gateway through to ${host} (${refused}).`,
      PROXY,
    );
  }
  const code = nameError(error);
  if (/^(?:ERR_TLS_CERT_ALTNAME_INVALID)$/.test(code))
    return bad('certificate', `The certificate of ${host} is for another name (${code}).`, checkUrl);
  if (/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(code))
    return bad('certificate', `The certificate of ${host} is out of date (${code}).`, "Look at this machine's clock.");
  if (/CERT|ISSUER|SIGNATURE/.test(code))
    return bad('certificate', `The certificate of ${host} is not trusted (${code}).`, CA_FILE);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return bad('address', `${host} does not speak TLS on that port (${code}).`, checkUrl);
  if (proxy !== null && isAbout(error, proxy) && !isAbout(error, new URL(way.baseUrl)))
    return bad('proxy', `The proxy ${sayProxy(proxy)} cannot be reached (${code}).`, PROXY);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return bad(
      'address',
      `No address is known for ${host} (${code}).`,
      `${checkUrl} Or a proxy is needed: proxy.https.`,
    );
  if (code === 'TimeoutError' || code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT')
    return bad('network', `${host} does not answer in time (${code}).`, 'Look at firewall and proxy: proxy.https.');
  return bad('network', `${host} cannot be reached (${code}).`, `${checkUrl} Or a proxy is needed: proxy.https.`);
}

/** The proxy for this address if it were no exception. */
function proxyOf({ baseUrl, network }: AskedWay): URL | null {
  const url = new URL(baseUrl).protocol === 'https:' ? (network.https ?? network.http) : network.http;
  return url === null ? null : new URL(url);
}

/** Whether the error of a connection names this host. */
function isAbout(error: unknown, { hostname, port, protocol }: URL): boolean {
  // The first of several addresses of one name represents the others.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const found = first as { hostname?: unknown; address?: unknown; port?: unknown };
  if (found.hostname !== undefined) return found.hostname === hostname;
  if (found.port !== Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port)) return false;
  return isIP(hostname) === 0 || found.address === hostname;
}

export function sayBaseUrl(provider: ProviderName): string {
  return builtInKind(provider) === null ? 'Look at its URL.' : `Look at providers.${provider}.base_url in config.yaml.`;
}

export function sayAddress(baseUrl: string): string {
  return hideCredentials(baseUrl).replace(/\/+$/, '');
}

function sayProxy(proxy: URL | null): string {
  return proxy === null ? 'on the way' : hideCredentials(proxy.href).replace(/\/+$/, '');
}

/** On one line, without terminal control characters. */
export function plain(text: string): string {
  return shorten(text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim(), QUOTED_CHARS);
}

function good(found: string): ProviderTest {
  return { ok: true, about: null, found, advice: null };
}

/** `command`: of hivectl, for what the advice says. */
export function bad(
  about: NonNullable<ProviderTest['about']>,
  ...[found, advice, command]: [found: string, advice: string, command?: string]
): ProviderTest {
  return { ok: false, about, found, advice, ...(command === undefined ? {} : { command }) };
}
