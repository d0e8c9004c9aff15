/** The figures of a quota that its sentences need. This file has no schemas, so that the page can import it. */
interface SaidQuota {
  readonly bytes: number;
  readonly per: 'hour' | 'day' | 'month';
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A count of bytes in decimal units: "0 B", "999 B", "1.5 MB", "5 GB". */
export function sayBytes(bytes: number): string {
  let index = 0;
  let amount = bytes;
  // What would be rounded to 1000 is said in the next unit.
  while (amount >= 999.95 && index < UNITS.length - 1) {
    amount /= 1_000;
    index += 1;
  }
  return `${index === 0 ? amount : Number(amount.toFixed(1))} ${UNITS[index]}`;
}

/** A quota in a few words: "5 GB a day". */
export function sayQuota({ bytes, per }: SaidQuota): string {
  return `${sayBytes(bytes)} ${per === 'hour' ? 'an' : 'a'} ${per}`;
}

/** The least and the most that a quota may be. */
export const LEAST_QUOTA = 1_000;
export const MOST_QUOTA = 1e15;

const FACTORS: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** A quota's bytes exactly, as they may be typed. */
export function saySize(bytes: number): string {
  const short = sayBytes(bytes);
  return readSize(short) === bytes ? short : `${bytes / 1_000} kB`;
}

/** A size in bytes as people type it, with its unit: "500MB", "1.5 gb". Null for what is no size that a quota may be. */
export function readSize(text: string): number | null {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(amount) * (FACTORS[unit.toLowerCase()] ?? Number.NaN));
  return bytes >= LEAST_QUOTA && bytes <= MOST_QUOTA ? bytes : null;
}
