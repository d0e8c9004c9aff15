import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { unframe } from './follow-logs.ts';

function frame(stream: 1 | 2, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

test('frames are joined to the output that they carry, wherever their bytes are cut', async () => {
  const parts = fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.string()));
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(parts, sizes, async (frames, pieces) => {
      const bytes = Buffer.concat(frames.map(([stream, text]) => frame(stream, text)));
      const got: Buffer[] = [];
      for await (const payload of unframe(cut(bytes, pieces))) got.push(payload);
      expect(Buffer.concat(got).toString()).toBe(Buffer.from(frames.map(([, text]) => text).join('')).toString());
    }),
  );
});
