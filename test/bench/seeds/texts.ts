/**
 * Words there are. Each is in one of 26 messages, any two in one of 700: also the smallest hive has more hits
 * of both than a page shows, so that answers are as long everywhere.
 */
const WORDS = 256;
/** Words of one message. */
const LENGTH = 10;

const SYLLABLES = ['ka', 'lo', 'mi', 'ru', 'ta', 'ne', 'so', 'vi', 'da', 'pe', 'gu', 'ho', 'ja', 'fe', 'bo', 'zu'];

/** A made-up word, another one for each number below 256. */
function wordOf(n: number): string {
  return `${SYLLABLES[n & 15]!}${SYLLABLES[(n >> 4) & 15]!}${SYLLABLES[(n + (n >> 4)) & 15]!}`;
}

/** The text of the message with this id: about seventy letters, the same for the same id. */
export function textOf(id: number): string {
  const words: string[] = [];
  for (let place = 0; place < LENGTH; place += 1) words.push(wordOf(mix(id * LENGTH + place) % WORDS));
  return words.join(' ');
}

/** Spreads numbers evenly over 32 bits. */
function mix(n: number): number {
  let bits = Math.imul(n ^ (n >>> 16), 0x45d9f3b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
