import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { AGENT_SOCKET, EGRESS_SOCKET } from '../../protocol/box-paths.ts';
import { HiveError } from '../../protocol/errors.ts';
import { findHive, requireAbsolute } from '../../protocol/hive-places.ts';
import { chooseProxy, isProxyUrl, type ProxyChoice } from '../../protocol/proxy.ts';
import type { PriceRow } from '../../protocol/schemas/price.ts';
import { readTimeZone } from '../../system/time-zone.ts';
import { parseConfig } from './config/parse-config.ts';
import { parsePrices, shippedPrices } from './config/parse-prices.ts';
import type { Config } from './config/schema.ts';
import type { NodeDirs } from './node/agent-directories.ts';

/** Paths of one hive. All absolute. */
export interface Places {
  root: string;
  run: string;
  database: string;
  configFile: string;
  secrets: string;
  forge: string;
  backups: string;
  logs: string;
  /** Attached files, by the hash of their bytes. */
  blobs: string;
  adminSocket: string;
  dashboardSocket: string;
  gatewaySocket: string;
  forgeSocket: string;
  /** Beside it: callers with tokens. */
  forgeTokenSocket: string;
  /** The gateway's egress proxy for the hive itself, in a directory that only the forge may enter. */
  hiveEgressSocket: string;
  /** Where the forge has pushes searched for secrets. */
  searchSocket: string;
  /** Directories of the node that hived runs on, for hived alone (node/local-node.ts). */
  node: NodeDirs;
  /** The directory of the app: gateway.mjs, forge.mjs, dashboard.mjs, secret-search.mjs, web/, better_sqlite3.node. */
  app: string;
}

export interface Settings {
  config: Config;
  places: Places;
  proxy: ProxyChoice;
  /** The content of `proxy.caFile`. */
  caPem: string | null;
  /** What models cost: the list of this version, and the hive's own. */
  prices: readonly PriceRow[];
  /** The hive's time zone: the configured one, or the machine's. */
  timeZone: string;
  /** Whether hived runs as root and so gives every process its own user. */
  privileged: boolean;
}

const env = z.object({
  HIVE_ROOT: z.string().optional(),
  HIVE_RUN: z.string().optional(),
  XDG_RUNTIME_DIR: z.string().optional(),
  TZ: z.string().optional(),
});

/** Reads the environment, config.yaml and prices.yaml once. Throws `config_invalid`. */
export function loadSettings(): Settings {
  const given = env.parse(process.env);
  const privileged = process.getuid?.() === 0;
  const found = findHive(given, { privileged, home: homedir() });
  const { root, run, configFile, logs, adminSocket, forgeSocket } = found;
  // A Unix socket's path has at most 107 bytes; the longest of ours adds this much to <run>.
  const longest = Buffer.byteLength(join(run, 'agents', 'x'.repeat(32), 'gateway', AGENT_SOCKET));
  if (longest > 107)
    throw new HiveError(
      'config_invalid',
      `HIVE_RUN (${run}) is too long for Unix sockets, by ${longest - 107}. Choose a shorter one, as HIVE_RUN.`,
    );
  const config = parseConfig(readOrEmpty(configFile), configFile);
  const places: Places = {
    root,
    run,
    configFile,
    database: join(root, 'hive.db'),
    secrets: join(root, 'secrets'),
    forge: join(root, 'forge'),
    backups: join(root, 'backups'),
    logs,
    blobs: join(root, 'blobs'),
    adminSocket,
    dashboardSocket: join(run, 'dashboard.sock'),
    gatewaySocket: join(run, 'gateway.sock'),
    forgeSocket,
    forgeTokenSocket: join(dirname(forgeSocket), 'tokens.sock'),
    hiveEgressSocket: join(run, 'egress', EGRESS_SOCKET),
    searchSocket: join(run, 'search.sock'),
    node: {
      agents: join(root, 'agents'),
      shared: join(root, 'shared'),
      skills: join(root, 'skills'),
      'docs-skills': join(root, 'docs-skills'),
      toolchain: requireAbsolute('toolchain_dir', config.toolchain_dir ?? found.toolchain),
      trash: join(root, 'trash'),
      sockets: join(run, 'agents'),
      checks: join(run, 'checks'),
      socketTrash: join(run, 'trash'),
    },
    app: dirname(fileURLToPath(import.meta.url)),
  };
  const proxy = chooseProxy(
    {
      https: config.proxy.https,
      http: config.proxy.http,
      no_proxy: config.proxy.no_proxy,
      ca_file: config.proxy.ca_file,
    },
    process.env,
  );
  const pricesFile = join(root, 'prices.yaml');
  const own = parsePrices(readOrEmpty(pricesFile), { file: pricesFile, origin: 'own' });
  const timeZone = config.defaults.time_zone ?? readTimeZone(given.TZ);
  return Object.freeze({
    config,
    places: Object.freeze(places),
    prices: [...shippedPrices(), ...own],
    timeZone,
    privileged,
    proxy,
    caPem: checkProxy(proxy),
  });
}

/** Throws `config_invalid`, which never quotes a proxy's URL. Returns the certificates. */
function checkProxy(proxy: ProxyChoice): string | null {
  for (const kind of ['https', 'http'] as const) {
    const url = proxy[kind];
    if (url !== null && !isProxyUrl(url))
      throw new HiveError(
        'config_invalid',
        `${kind.toUpperCase()}_PROXY is not the address of an HTTP proxy, like http://proxy.example:3128; other kinds are not supported.`,
      );
  }
  if (proxy.caFile === null) return null;
  const where = `The certificates of proxy.ca_file (or NODE_EXTRA_CA_CERTS), ${proxy.caFile},`;
  let pem: string;
  try {
    pem = readFileSync(proxy.caFile, 'utf8');
  } catch (cause) {
    throw new HiveError('config_invalid', `${where} cannot be read.`, { cause });
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new HiveError('config_invalid', `${where} are not in PEM format.`);
  return pem;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new HiveError('config_invalid', `${file} cannot be read.`, { cause });
  }
}
