import { readlinkSync } from 'node:fs';

/**
 * The machine's time zone as an IANA name such as "Europe/Berlin": the one /etc/localtime links to (localtime(5)). Intl is
 * asked only where `TZ` is set or the file is not such a link: it would load 8 MB of Unicode's data for one name.
 */
export function readTimeZone(tz: string | undefined, localtime = '/etc/localtime'): string {
  const linked = tz === undefined ? /\/zoneinfo\/([\w+/-]+)$/.exec(readLink(localtime))?.[1] : undefined;
  if (linked === 'Etc/UTC') return 'UTC';
  return linked ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
