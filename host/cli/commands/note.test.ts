import { afterEach, expect, test } from 'vitest';
import { runHivectl } from '../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

test('a note is set from all words, and removed without any; ps shows control characters in it as harmless text', async () => {
  const written: unknown[] = [];
  hive = await openStandInHive({
    setNote: (input) => {
      written.push(input);
      return { note: input.text };
    },
    getAgent: () => ({ agent: agentView('scout', { note: 'reads \u001B[2Jbooks' }) }),
  });
  expect((await runHivectl(hive.socket, ['note', 'scout', 'reads', 'all', 'books'])).out).toBe(
    'scout: reads all books\n',
  );
  expect((await runHivectl(hive.socket, ['note', 'scout'])).out).toBe('scout has no note.\n');
  expect(written).toEqual([
    { name: 'scout', text: 'reads all books' },
    { name: 'scout', text: '' },
  ]);
  const listed = (await runHivectl(hive.socket, ['ps', 'scout'])).out;
  expect(listed).toContain('note: reads books');
  expect(listed).not.toContain('\u001B');
});
