import { describe, expect, test } from 'vitest';
import { makeClientHello } from '../fixtures/client-hello.ts';
import { readClientHello } from './read-client-hello.ts';

/** A ClientHello with the given extensions, in one record. */
function made(extensions: [type: number, content: Buffer][]): Buffer {
  const listed = Buffer.concat(
    extensions.map(([type, content]) => Buffer.concat([uint16(type), uint16(content.length), content])),
  );
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32),
    Buffer.from([0]),
    uint16(2),
    Buffer.from([0x13, 0x01]),
    Buffer.from([1, 0]),
    uint16(listed.length),
    listed,
  ]);
  const message = Buffer.concat([Buffer.from([1, 0]), uint16(body.length), body]);
  return Buffer.concat([Buffer.from([22, 3, 1]), uint16(message.length), message]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

const named = (name: string): [number, Buffer] => {
  const entry = Buffer.concat([Buffer.from([0]), uint16(name.length), Buffer.from(name)]);
  return [0, Buffer.concat([uint16(entry.length), entry])];
};

describe('a real client', () => {
  test('its name is read, whichever way the bytes are split', async () => {
    const bytes = await makeClientHello('registry.test');
    expect(readClientHello(bytes)).toEqual({ found: 'hello', name: 'registry.test' });
    for (let end = 0; end < bytes.length; end += 1)
      expect(readClientHello(bytes.subarray(0, end))).toEqual({ found: 'need_more' });
  });

  test('its name is read when the message is split over records', async () => {
    const bytes = await makeClientHello('registry.test');
    const message = bytes.subarray(5);
    const records = [message.subarray(0, 3), message.subarray(3, 100), message.subarray(100)].map((part) =>
      Buffer.concat([Buffer.from([22, 3, 1]), uint16(part.length), part]),
    );
    expect(readClientHello(Buffer.concat(records))).toEqual({ found: 'hello', name: 'registry.test' });
  });

  test('a client without a name', async () => {
    expect(readClientHello(await makeClientHello(''))).toEqual({ found: 'hello', name: null });
  });
});

test.each([
  ['a name in capitals', made([named('A.Test')]), { found: 'hello', name: 'a.test' }],
  ['no extensions', made([]), { found: 'hello', name: null }],
  ['two names', made([named('a.test'), named('b.test')]), { found: 'not_tls' }],
  [
    'two names in one extension',
    made([[0, Buffer.concat([named('a.test')[1], named('b.test')[1]])]]),
    { found: 'not_tls' },
  ],
  ['a name shorter than it says', made([[0, Buffer.from([0, 9, 0, 0, 9, 97])]]), { found: 'not_tls' }],
  ['an encrypted hello', made([named('a.test'), [0xfe0d, Buffer.from([0])]]), { found: 'hidden_name' }],
  ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), { found: 'not_tls' }],
  ['SSH', Buffer.from('SSH-2.0-x\r\n'), { found: 'not_tls' }],
  ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]), { found: 'not_tls' }],
  ['an empty record', Buffer.from([22, 3, 1, 0, 0]), { found: 'not_tls' }],
  ['a hello that is cut inside', Buffer.from([22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3]), { found: 'not_tls' }],
  ['nothing', Buffer.alloc(0), { found: 'need_more' }],
] as const)('%s', (_what, bytes, expected) => {
  expect(readClientHello(bytes)).toEqual(expected);
});
