import type { ServiceSpec } from './service-spec.ts';

/**
 * A service's argv that irrevocably drops everything a service of another user never needs: no new privileges (so the
 * host's setuid programs are plain programs to it) and an empty bounding set. Uses setpriv of util-linux, which every
 * Debian has; on a host without it hived does not start (require-confinement.ts). A service that runs as hived's own
 * user is left unchanged: it has nothing to drop.
 */
export function confine<T extends Pick<ServiceSpec, 'argv' | 'uid' | 'gid'>>(spec: T): T {
  const { uid, gid } = spec;
  if (uid === null || gid === null) return spec;
  const setpriv = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=-all',
    '--ambient-caps=-all',
    '--bounding-set=-all',
    '--no-new-privs',
    '--',
  ] as const;
  return { ...spec, argv: [...setpriv, ...spec.argv], uid: null, gid: null };
}
