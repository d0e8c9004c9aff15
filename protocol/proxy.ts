import { z } from 'zod';

/** How programs of ours reach the network. URLs may hold a name and a password: they go to no log, argument or answer. */
export interface ProxyChoice {
  /** For https addresses; when null, `http` serves them too. */
  readonly https: string | null;
  readonly http: string | null;
  /** Hosts that are reached directly, separated by commas. */
  readonly noProxy: string;
  /** A file of further certificates (PEM) that are trusted. */
  readonly caFile: string | null;
}

/** The gateway's way to the provider; `caPem` is the text of the file, which the gateway may not be able to read. */
export const networkAccess = z.strictObject({
  https: z.string().nullable(),
  http: z.string().nullable(),
  noProxy: z.string(),
  caPem: z.string().nullable(),
});
export type NetworkAccess = z.infer<typeof networkAccess>;

type Environment = Readonly<Record<string, string | undefined>>;
/** The part `proxy` of config.yaml. */
interface ProxyConfig {
  readonly https?: string | null | undefined;
  readonly http?: string | null | undefined;
  readonly no_proxy?: string | null | undefined;
  readonly ca_file?: string | null | undefined;
}

/** What config.yaml says, else the environment, whose variables are known in small letters and in capitals. */
export function chooseProxy(config: ProxyConfig, env: Environment): ProxyChoice {
  const from = (name: string) => textOr(env[name.toLowerCase()], textOr(env[name], null));
  return {
    https: completeUrl(config.https ?? from('HTTPS_PROXY')),
    http: completeUrl(config.http ?? from('HTTP_PROXY')),
    noProxy: config.no_proxy ?? from('NO_PROXY') ?? '',
    caFile: config.ca_file ?? textOr(env['NODE_EXTRA_CA_CERTS'], null),
  };
}

/** The variables for programs that we start. apt and curl read small letters only, others capitals only: both are set. */
export function proxyEnv(choice: ProxyChoice): Record<string, string> {
  const set: Record<string, string> = {};
  const add = (name: string, value: string | null) => {
    if (value !== null && value !== '') Object.assign(set, { [name]: value, [name.toLowerCase()]: value });
  };
  add('HTTPS_PROXY', choice.https ?? choice.http);
  add('HTTP_PROXY', choice.http);
  add('NO_PROXY', choice.noProxy);
  if (choice.caFile !== null) set['NODE_EXTRA_CA_CERTS'] = choice.caFile;
  return set;
}

/** Whether it is the URL of an HTTP proxy, the only kind that is spoken to. */
export function isProxyUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** The text with the name and password of each URL in it replaced. */
export function hideCredentials(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s"'<>]*@/gi, '$1***@');
}

function textOr<T>(text: string | undefined, otherwise: T): string | T {
  return text === undefined || text.trim() === '' ? otherwise : text.trim();
}

/** Many write `proxy:3128` alone. */
function completeUrl(text: string | null): string | null {
  return text === null || text.includes('://') ? text : `http://${text}`;
}
