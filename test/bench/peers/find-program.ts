import { existsSync } from 'node:fs';

/** The paths in Debian of programs that are only compared with where they are installed. */
const PROGRAMS = {
  fcgiwrap: { package: 'fcgiwrap', path: '/usr/sbin/fcgiwrap' },
  nginx: { package: 'nginx-light', path: '/usr/sbin/nginx' },
  tinyproxy: { package: 'tinyproxy', path: '/usr/bin/tinyproxy' },
  squid: { package: 'squid', path: '/usr/sbin/squid' },
};

/** The path of an installed program; null, and a sentence, when it is missing. */
export function findProgram(name: keyof typeof PROGRAMS, say: (line: string) => void): string | null {
  const { path, package: from } = PROGRAMS[name];
  if (existsSync(path)) return path;
  say(`${name} is left out: it is not installed. Type: apt-get install ${from}`);
  return null;
}
