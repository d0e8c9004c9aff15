import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Passage } from './passage.ts';
import { createRedaction, redactText } from './redact.ts';

const KEY = 'sk-ant-api03-aXaXaY_secret';

async function pass(chunks: readonly (string | Buffer)[], key = KEY): Promise<string> {
  const bytes = chunks.map((chunk) => Buffer.from(chunk)).filter((chunk) => chunk.length > 0);
  return String(await buffer(new Passage(Readable.from(bytes), [createRedaction(key)])));
}

describe('createRedaction', () => {
  test('takes the key out at every possible chunk border', async () => {
    const text = `before ${KEY} after`;
    for (let at = 0; at <= text.length; at += 1)
      expect(await pass([text.slice(0, at), text.slice(at)])).toBe('before [redacted] after');
    expect(await pass(text.split(''))).toBe('before [redacted] after');
  });

  test('lets a beginning of the key pass when it does not become one', async () => {
    expect(await pass(['sk-ant-', 'api03-other', ' sk-a'])).toBe('sk-ant-api03-other sk-a');
  });

  test('takes the forms out that a key has in JSON and in URLs', async () => {
    const odd = 'k"e\\y/+=%';
    expect(await pass([JSON.stringify({ odd })], odd)).toBe('{"odd":"[redacted]"}');
    expect(redactText(`?k=${encodeURIComponent(odd)}`, odd)).toBe('?k=[redacted]');
  });

  test('does what replacing in the whole text does, however it is cut (property)', async () => {
    const key = 'aab';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 })), async (chunks) => {
        expect(await pass(chunks, key)).toBe(chunks.join('').replaceAll(key, '[redacted]'));
      }),
    );
  });

  test('holds back no byte that cannot begin a key', async () => {
    const piece = 'data: {"text":"hi"}\n\n';
    expect(String(createRedaction(KEY).take(Buffer.from(piece)))).toBe(piece);
  });
});
