import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeyRedaction } from './redact.ts';

const KEY = 'sk-ant-api03-aXaXaY_secret';

function pass(chunks: readonly (string | Buffer)[], key = KEY): string {
  const step = createKeyRedaction(key).open();
  const passed = chunks.map((chunk) => step.take(Buffer.from(chunk)));
  return Buffer.concat([...passed, step.end()]).toString();
}

describe('the key in an answer', () => {
  test('is taken out at every possible chunk border', () => {
    const text = `before ${KEY} after`;
    for (let at = 0; at <= text.length; at += 1)
      expect(pass([text.slice(0, at), text.slice(at)])).toBe('before [redacted] after');
    expect(pass(text.split(''))).toBe('before [redacted] after');
  });

  test('passes as a beginning that does not become one', () => {
    expect(pass(['sk-ant-', 'api03-other', ' sk-a'])).toBe('sk-ant-api03-other sk-a');
  });

  test('is taken out in the forms that it has in JSON, in URLs, in base64 and in hexadecimal digits', () => {
    const odd = 'k"e\\y/+=%9';
    expect(pass([JSON.stringify({ odd })], odd)).toBe('{"odd":"[redacted]"}');
    expect(createKeyRedaction(odd).redactText(`?k=${encodeURIComponent(odd)}`)).toBe('?k=[redacted]');
    for (const encoding of ['base64', 'base64url', 'hex'] as const)
      expect(pass([`x ${Buffer.from(`${KEY} `).toString(encoding)} y`])).toMatch(/^x \[redacted\].{0,3} y$/);
  });

  test('is replaced as in the whole text, however it is cut (property)', () => {
    const key = 'aababb-9';
    const piece = fc.oneof(fc.constant(key), fc.string({ unit: fc.constantFrom('a', 'b', '-', '9'), maxLength: 7 }));
    fc.assert(
      fc.property(fc.array(piece), (chunks) => {
        expect(pass(chunks, key)).toBe(chunks.join('').replaceAll(key, '[redacted]'));
      }),
    );
  });

  test('that is a word, for a server that needs none, stays in the texts where it stands', () => {
    for (const word of ['anything', 'not-needed', 'none']) expect(pass([`${word} else`], word)).toBe(`${word} else`);
  });

  test.each(['data: {"text":"hi"}\n\n', 'event: message_stop\ndata: {"type":"message_stop"}\n\n', ': ping\n\n'])(
    'holds back nothing of the event %j',
    (event) => {
      for (const key of [KEY, `sk-proj-${'a1B2'.repeat(30)}`, 'AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q'])
        expect(String(createKeyRedaction(key).open().take(Buffer.from(event)))).toBe(event);
    },
  );
});
