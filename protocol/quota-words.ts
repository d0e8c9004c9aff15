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
