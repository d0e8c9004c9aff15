import { expect, test } from 'vitest';
import { locateSecrets } from './locate-secrets.ts';

const oidOf = (digit: number) => String(digit).repeat(40);
/** `head`: the type and, where git has one, the path. */
const object = (digit: number, head: readonly [string, string?], content: string) =>
  `${oidOf(digit)} ${head[0]} ${Buffer.byteLength(content)} ${head[1] ?? ''}\n${content}\n`;
const STREAM = [
  object(1, ['commit'], 'tree x\n\nthe SECRET of one\n'),
  object(2, ['tree'], '100644 SECRET.txt\0\n\n'),
  object(3, ['blob', 'SECRET.txt'], 'SECRET'),
  object(4, ['commit'], 'nothing'),
  object(5, ['tree', 'src/lib'], '100644 SECRET\0'),
  object(6, ['blob', 'src/lib/a b.txt'], 'one\n\nü SECRET SECRET\nSECRET\n'),
  object(7, ['tag', 'v1'], 'object x\n\nSECRET\n'),
  object(8, ['blob', 'empty'], ''),
].join('');

function* placesOf(stream: Buffer) {
  for (let at = stream.indexOf('SECRET'); at !== -1; at = stream.indexOf('SECRET', at + 1)) yield { name: 'S', at };
}

async function* inChunks(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('says object, commit, path and the first line of each secret, however the stream is cut', async () => {
  const bytes = Buffer.from(STREAM);
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    const located = await locateSecrets(inChunks(bytes, size), [...placesOf(bytes)]);
    expect(located.map(({ oid, where, commit, path, line }) => [oid[0], where, commit?.[0], path, line])).toEqual([
      ['1', 'message', '1', null, null],
      ['2', 'name', '1', '', null],
      ['3', 'file', '1', 'SECRET.txt', 1],
      ['5', 'name', '4', 'src/lib', null],
      ['6', 'file', '4', 'src/lib/a b.txt', 3],
      ['7', 'message', undefined, null, null],
    ]);
  }
});

test('reads no further than the last place', async () => {
  async function* endless() {
    yield Buffer.from(STREAM);
    for (;;) yield Buffer.from(object(9, ['blob', 'x'], 'text'));
  }
  expect(await locateSecrets(endless(), [...placesOf(Buffer.from(STREAM))].slice(0, 2))).toHaveLength(2);
});

test('output that is not in the format of git’s list fails', async () => {
  await expect(
    locateSecrets(inChunks(Buffer.from(`${oidOf(1)} missing\n`), 10), [{ name: 'S', at: 3 }]),
  ).rejects.toThrow('without its head');
});
