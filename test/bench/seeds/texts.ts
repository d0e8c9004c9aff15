/**
 * The size of the vocabulary. Each word is in one of 26 messages, any two in one of 700: even the smallest hive has
 * more hits for both than a page shows, so that all answers have the same length.
 */
const WORDS = 256;
/** Number of words in a message. */
const LENGTH = 10;

const SYLLABLES = ['ka', 'lo', 'mi', 'ru', 'ta', 'ne', 'so', 'vi', 'da', 'pe', 'gu', 'ho', 'ja', 'fe', 'bo', 'zu'];

/** A made-up word, different for each number below 256. */
function wordOf(n: number): string {
  return `${SYLLABLES[n & 15]!}${SYLLABLES[(n >> 4) & 15]!}${SYLLABLES[(n + (n >> 4)) & 15]!}`;
}

/** The text of the message with this id: about seventy letters, always the same for the same id. */
export function textOf(id: number): string {
  const words: string[] = [];
  for (let place = 0; place < LENGTH; place += 1) words.push(wordOf(mix(id * LENGTH + place) % WORDS));
  return words.join(' ');
}

/** Hashes numbers evenly over 32 bits. */
function mix(n: number): number {
  let bits = Math.imul(n ^ (n >>> 16), 0x45d9f3b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
