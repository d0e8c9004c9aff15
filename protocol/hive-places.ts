import { HiveError } from './errors.ts';

/** The defaults of config.yaml that hivectl uses while no hived runs that could be asked. */
export const CONFIG_DEFAULTS = {
  dashboardHost: '127.0.0.1',
  dashboardPort: 7780,
  engineSocket: '/var/run/docker.sock',
  engineStart: 'auto',
  image: 'hyperhive/base:latest',
} as const;

/** The directories of a hive, for hived and hivectl alike. All absolute. */
export interface HivePlaces {
  readonly root: string;
  readonly run: string;
  readonly configFile: string;
  readonly logs: string;
  readonly adminSocket: string;
  readonly forgeSocket: string;
  /** Unless the config or HIVE_TOOLCHAIN_DIR names another one. */
  readonly toolchain: string;
}

/** The directories of the hive that the environment names. Throws `config_invalid` for a path that is not absolute. */
export function findHive(
  env: { HIVE_ROOT?: string | undefined; HIVE_RUN?: string | undefined; XDG_RUNTIME_DIR?: string | undefined },
  user: { privileged: boolean; home: string },
): HivePlaces {
  const { privileged, home } = user;
  const ownRoot = privileged ? '/var/lib/hyperhive' : join(home, '.local/share/hyperhive');
  const root = requireAbsolute('HIVE_ROOT', env.HIVE_ROOT ?? ownRoot);
  // Short: a Unix socket's path has at most 107 bytes, and the home directory may take half of them.
  const ownRun = env.XDG_RUNTIME_DIR === undefined ? join(root, 'run') : join(env.XDG_RUNTIME_DIR, 'hyperhive');
  const run = requireAbsolute('HIVE_RUN', env.HIVE_RUN ?? (privileged ? '/run/hyperhive' : ownRun));
  return {
    root,
    run,
    configFile: join(root, 'config.yaml'),
    logs: join(root, 'logs'),
    adminSocket: join(run, 'admin.sock'),
    forgeSocket: join(run, 'forge', 'forge.sock'),
    toolchain: join(root, 'toolchain'),
  };
}

/** Returns the path. Throws `config_invalid`, naming the setting, when it is not absolute. */
export function requireAbsolute(what: string, path: string): string {
  if (!path.startsWith('/')) throw new HiveError('config_invalid', `${what} must be an absolute path, not "${path}".`);
  return path;
}

/** A path below a directory; hives run on POSIX systems only. */
function join(directory: string, ...steps: string[]): string {
  return [directory.replace(/\/+$/, ''), ...steps].join('/');
}
