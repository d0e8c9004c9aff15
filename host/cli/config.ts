import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { chooseProxy, proxyEnv } from '../../protocol/proxy.ts';
import { CONFIG_DEFAULTS, findHive, requireAbsolute } from '../../protocol/hive-places.ts';

/** hivectl's settings and paths. hived is the strict reader of config.yaml. */
export interface Settings {
  readonly root: string;
  readonly run: string;
  readonly adminSocket: string;
  readonly forgeSocket: string;
  readonly configFile: string;
  readonly logFile: string;
  readonly toolchain: string;
  readonly engineSocket: string;
  /** `never`: the operator manages the engine. */
  readonly engineStart: 'auto' | 'never';
  /** The dashboard's listening address. */
  readonly dashboard: { readonly host: string; readonly port: number };
  /** The image of agents whose spec names none. */
  readonly image: string;
  readonly privileged: boolean;
  /** The value of DOCKER_HOST, when set. */
  readonly dockerHost: string | null;
  readonly color: boolean | null;
  /** The environment variables passed on to programs that we start. */
  readonly childEnv: Readonly<Record<string, string>>;
}

const environment = z.object({
  HIVE_ROOT: z.string().optional(),
  HIVE_RUN: z.string().optional(),
  HIVE_TOOLCHAIN_DIR: z.string().optional(),
  XDG_RUNTIME_DIR: z.string().optional(),
  DOCKER_HOST: z.string().optional(),
  NO_COLOR: z.string().optional(),
  FORCE_COLOR: z.string().optional(),
});

/** The few keys of config.yaml that matter before hived runs; invalid values are left to hived to report. */
const pickedConfig = z
  .object({
    toolchain_dir: z.string().nullish().catch(null),
    engine: z
      .object({
        socket: z.string().optional().catch(undefined),
        start: z.enum(['auto', 'never']).optional().catch(undefined),
      })
      .nullish()
      .catch(null),
    dashboard: z
      .object({
        host: z.string().optional().catch(undefined),
        port: z.int().min(1).max(65_535).optional().catch(undefined),
      })
      .nullish()
      .catch(null),
    proxy: z
      .object({
        https: z.string().nullish().catch(null),
        http: z.string().nullish().catch(null),
        no_proxy: z.string().nullish().catch(null),
        ca_file: z.string().nullish().catch(null),
      })
      .nullish()
      .catch(null),
    defaults: z
      .object({ image: z.string().optional().catch(undefined) })
      .nullish()
      .catch(null),
  })
  .nullable()
  .catch(null);

const PASSED_ON = [
  'PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'VISUAL', 'EDITOR', 'PAGER', 'SSH_AUTH_SOCK',
  'HIVE_ROOT', 'HIVE_RUN', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR',
  'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy',
]; // prettier-ignore

/** Reads the environment and, tolerating errors, config.yaml. */
export function readSettings(): Settings {
  const env = environment.parse(process.env);
  const privileged = process.getuid?.() === 0;
  const places = findHive(env, { privileged, home: homedir() });
  const config = readConfig(places.configFile);
  return Object.freeze({
    ...places,
    logFile: join(places.logs, 'hived.log'),
    toolchain: requireAbsolute(
      'HIVE_TOOLCHAIN_DIR',
      env.HIVE_TOOLCHAIN_DIR ?? config?.toolchain_dir ?? places.toolchain,
    ),
    engineSocket: config?.engine?.socket ?? CONFIG_DEFAULTS.engineSocket,
    engineStart: config?.engine?.start ?? CONFIG_DEFAULTS.engineStart,
    dashboard: {
      host: config?.dashboard?.host ?? CONFIG_DEFAULTS.dashboardHost,
      port: config?.dashboard?.port ?? CONFIG_DEFAULTS.dashboardPort,
    },
    image: config?.defaults?.image ?? CONFIG_DEFAULTS.image,
    privileged,
    dockerHost: env.DOCKER_HOST ?? null,
    color:
      env.NO_COLOR !== undefined && env.NO_COLOR !== ''
        ? false
        : env.FORCE_COLOR === undefined
          ? null
          : env.FORCE_COLOR !== '0',
    childEnv: { ...pickEnv(), ...proxyEnv(chooseProxy(config?.proxy ?? {}, process.env)) },
  });
}

function readConfig(file: string): z.infer<typeof pickedConfig> {
  try {
    return pickedConfig.parse(parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function pickEnv(): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
