import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRedactor } from '../../../system/redact/redactor.ts';
import { median, type Scenario } from '../figure.ts';

const SECRETS = 100;
const PIECE_CHARS = 4_096;
const ROUND_MS = 500;
const ROUNDS = 7;

/** Text of agents, as transcripts hold it: prose and code, without any secret. */
export const redact: Scenario = {
  names: ['redact.rate'],
  async run(bench) {
    const secrets = Array.from({ length: SECRETS }, (_, index) => ({ name: `S${index}`, value: inventKey(index) }));
    const { redactText } = createRedactor(secrets);
    const files = ['docs/security.md', 'docs/messaging.md', 'docs/hivectl.md', 'system/redact/needle-search.ts'];
    const text = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('');
    const pieces: string[] = [];
    // Through bytes, so that each piece is a string of its own as one that was read, not a slice of a longer one.
    for (let at = 0; at < text.length; at += PIECE_CHARS)
      pieces.push(Buffer.from(text.slice(at, at + PIECE_CHARS)).toString());
    const plain = pieces.map((piece) => Buffer.from(piece));
    const megabytes = plain.reduce((sum, { length }) => sum + length, 0) / 1e6;
    const wanted = Buffer.from(secrets[0]!.value);

    const rates: number[] = [];
    const floors: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      bench.say(`round ${round + 1} of ${ROUNDS}`);
      rates.push(megabytes * timesASecond(() => pieces.every((piece) => redactText(piece).found.length === 0)));
      floors.push(megabytes * timesASecond(() => plain.every((piece) => piece.indexOf(wanted) === -1)));
    }
    return [{ name: 'redact.rate', value: median(rates), unit: 'MB/s', floor: median(floors) }];
  },
};

/** A key as providers make them: a known beginning, then random characters. */
function inventKey(index: number): string {
  const random = createHash('sha512').update(`bench ${index}`).digest('base64url');
  return `${['', 'sk-ant-api03-', 'sk-proj-', 'ghp_'][index % 4]}${random.slice(0, 32 + (index % 48))}`;
}

function timesASecond(work: () => boolean): number {
  const from = performance.now();
  let times = 0;
  for (; performance.now() - from < ROUND_MS; times += 1)
    if (!work()) throw new Error('a secret was found in a text without any');
  return times / ((performance.now() - from) / 1000);
}
