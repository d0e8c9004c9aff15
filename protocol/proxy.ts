import * as z from 'zod';

/**
 * How our programs reach the network. URLs may contain a name and a password: they must not appear in any log, argument
 * or answer.
 */
export interface ProxyChoice {
  /** For https URLs; when null, `http` is used for them too. */
  readonly https: string | null;
  readonly http: string | null;
  /** Hosts that are reached directly, separated by commas. */
  readonly noProxy: string;
  /** A file of additional certificate authorities (PEM) that are trusted. */
  readonly caFile: string | null;
}

/** The gateway's network access; `caPem` is the content of the file, which the gateway may not be able to read. */
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

/** The setting in config.yaml, else the environment variables, in lower or upper case. */
export function chooseProxy(config: ProxyConfig, env: Environment): ProxyChoice {
  const from = (name: string) => textOr(env[name.toLowerCase()], textOr(env[name], null));
  return {
    https: completeUrl(config.https ?? from('HTTPS_PROXY')),
    http: completeUrl(config.http ?? from('HTTP_PROXY')),
    noProxy: config.no_proxy ?? from('NO_PROXY') ?? '',
    caFile: config.ca_file ?? textOr(env['NODE_EXTRA_CA_CERTS'], null),
  };
}

/**
 * The environment variables for programs that we start. apt and curl read only the lower-case names, others only the
 * upper-case ones: both are set.
 */
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

/** Whether it is the URL of an HTTP proxy, the only supported kind. */
export function isProxyUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** The text with the user name and password of each URL in it replaced. */
export function hideCredentials(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s"'<>]*@/gi, '$1***@');
}

function textOr<T>(text: string | undefined, otherwise: T): string | T {
  return text === undefined || text.trim() === '' ? otherwise : text.trim();
}

/** Adds the scheme: many people write just `proxy:3128`. */
function completeUrl(text: string | null): string | null {
  return text === null || text.includes('://') ? text : `http://${text}`;
}
