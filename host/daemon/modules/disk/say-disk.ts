import type { DiskOwner } from '../../../../protocol/schemas/disk.ts';
import type { DiskLevel } from './decide-level.ts';

/** Formats bytes for people: "12.1 GB", "340 MB". Decimal, as disks are sold. */
export function sayBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

/** The biggest owners: "agent scout 600 MB, shared 20 MB". */
export function sayBiggest(owners: readonly DiskOwner[]): string {
  const named = owners.filter((one) => one.bytes > 0).slice(0, 3);
  return named.map((one) => `${one.owner} ${sayBytes(one.bytes)}`).join(', ');
}

/** The consequences of a level and the remedy; null at level ok. */
export function sayLevel(level: DiskLevel, free: number, owners: readonly DiskOwner[]): string | null {
  if (level === 'ok') return null;
  const biggest = sayBiggest(owners);
  const what = {
    low: 'agents pause when it gets lower',
    paused: 'no new turns begin until there is room',
    full: 'boxes are stopped and messages refused until there is room',
  }[level];
  return `The disk is nearly full (${sayBytes(free)} free): ${what}.${biggest === '' ? '' : ` The biggest: ${biggest}.`} See "hivectl disk".`;
}

/** An agent's use against its limits: "12.1 GB of 10.0 GB", "1200000 of 1000000 files". */
export function sayUse(owner: Pick<DiskOwner, 'bytes' | 'files' | 'limitBytes' | 'limitFiles'>): string {
  return owner.limitFiles > 0 && owner.files > owner.limitFiles
    ? `${owner.files} of ${owner.limitFiles} files`
    : `${sayBytes(owner.bytes)}${owner.limitBytes === 0 ? '' : ` of ${sayBytes(owner.limitBytes)}`}`;
}
