import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { HiveError } from '../../../protocol/errors.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const TERMINAL = {
  id: ID,
  agent: 'scout',
  kind: 'shell',
  by: 'hivectl',
  openedAt: 0,
  cols: 80,
  rows: 24,
  held: true,
  watchers: 0,
} as never;

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

/** A hive with one terminal. */
async function openHive(follow: () => AsyncGenerator<{ seq: number; text: string }>) {
  const closed: string[] = [];
  hive = await openStandInHive({
    openTerminal: () => ({ terminal: TERMINAL, key: ID }),
    followTerminal: follow,
    closeTerminal({ id }) {
      closed.push(id);
      return { closed: true as const };
    },
  });
  return { socket: hive.socket, closed };
}

async function* outputOf(text: string) {
  yield { seq: 1, text };
}

const tty = { size: () => ({ cols: 80, rows: 24 }), onResize: () => () => undefined };

test('a terminal that the hive does not have any more ended unseen: no reason is made up', async () => {
  let connections = 0;
  const { socket } = await openHive(() => {
    connections += 1;
    if (connections > 1) throw new HiveError('unknown_terminal');
    return outputOf('x');
  });
  expect(await runHivectl(socket, ['shell', 'scout'], { tty })).toMatchObject({
    code: 1,
    err: '\nThe terminal ended while nobody was connected.\n',
  });
});

test('a terminal is closed when hivectl cannot use its own, or cannot follow', async () => {
  const { socket, closed } = await openHive(() => {
    throw new HiveError('too_many_streams');
  });
  expect((await runHivectl(socket, ['shell', 'scout'], { tty })).err).toContain(
    new HiveError('too_many_streams').message,
  );
  expect(closed).toEqual([ID]);
  const broken = {
    ...tty,
    onResize() {
      throw new HiveError('invalid_input', 'The terminal is gone.');
    },
  };
  expect((await runHivectl(socket, ['shell', 'scout'], { tty: broken })).err).toContain('The terminal is gone.');
  expect(closed).toEqual([ID, ID]);
});

test('hivectl ends when the operator leaves, also when what was typed last arrives after that', async () => {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  hive = await openStandInHive({
    openTerminal: () => ({ terminal: TERMINAL, key: ID }),
    async *followTerminal(_, { signal }) {
      yield { seq: 1, text: 'x' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
    async typeInTerminal() {
      await arrived;
      return { taken: true as const };
    },
    async closeTerminal() {
      arrive();
      // The answer about what was typed is on its way first.
      await new Promise((resolve) => setImmediate(resolve));
      return { closed: true as const };
    },
  });
  const keys = new PassThrough();
  keys.write('exit\r~.');
  expect(await runHivectl(hive.socket, ['shell', 'scout'], { tty, keys })).toMatchObject({ code: 0 });
  // Input that is read keeps a program from ending.
  expect(keys.readableFlowing).toBe(false);
});
