import { expect, test } from 'vitest';
import { withoutDescriptors } from '../../../wire/testing/no-descriptors.ts';
import { spawnPiped } from './spawn.ts';

const spec = { argv: ['/bin/cat'] as const, env: {}, uid: null, gid: null };

test('a program that there are no descriptors for ends with that reason, and breaks nothing', async () => {
  const end = await withoutDescriptors(async () => {
    const program = spawnPiped(spec);
    program.stdin.write('unread');
    program.kill('SIGTERM');
    expect(program.pid).toBeNull();
    expect(await program.stdout.toArray()).toEqual([]);
    return program.ended;
  });
  expect(end).toMatchObject({ code: null, error: { code: 'EMFILE' } });
  const program = spawnPiped(spec);
  program.stdin.end('read');
  expect(String(await program.stdout.toArray())).toBe('read');
});
