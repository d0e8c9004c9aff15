import { expect, test } from 'vitest';
import { decideTmpMb } from './box-memory.ts';

test('/tmp counts as memory: a default is reduced to fit, a given size that does not fit is refused with both numbers', () => {
  expect(decideTmpMb(undefined, { memoryMb: 2_048, defaultTmpMb: 512 })).toBe(512);
  expect(decideTmpMb(undefined, { memoryMb: 512, defaultTmpMb: 512 })).toBe(64);
  expect(decideTmpMb(undefined, { memoryMb: 256, defaultTmpMb: 512 })).toBe(16);
  expect(decideTmpMb(64, { memoryMb: 512, defaultTmpMb: 512 })).toBe(64);
  expect(() => decideTmpMb(512, { memoryMb: 512, defaultTmpMb: 512 })).toThrow(
    /tmpMb is 512.*of 512 MiB.*may have 64/s,
  );
});
