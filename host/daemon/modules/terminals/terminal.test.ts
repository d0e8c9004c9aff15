import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TerminalOutput } from '../../../../protocol/schemas/terminal.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** A program in a terminal of a box. It prints what the test pushes, and reads as far as the test lets it. */
class FakeProgram extends Duplex {
  readonly typed: string[] = [];
  /** The bytes that were read from it. */
  taken = 0;
  #isFlood = false;
  #waiting: (() => void) | null = null;
  isReading = true;

  /** Prints without end while it is read. */
  flood(on: boolean): void {
    this.#isFlood = on;
    if (on) this.#print();
  }

  override _read(): void {
    if (this.#isFlood) setImmediate(() => this.#print());
  }

  #print(): void {
    if (!this.#isFlood || this.destroyed) return;
    const piece = Buffer.from('y\r\n'.repeat(5_000));
    this.taken += piece.length;
    this.push(piece);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.typed.push(chunk.toString());
    if (this.isReading) done();
    else this.#waiting = done;
  }

  readAgain(): void {
    this.isReading = true;
    this.#waiting?.();
    this.#waiting = null;
  }
}

let program: FakeProgram;
let terminal: Terminal;
let sizes: string[];
const connections: AbortController[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  program = new FakeProgram();
  sizes = [];
  terminal = openTerminal(
    {
      stream: program,
      resize: async (cols, rows) => void sizes.push(`${cols}x${rows}`),
      exitCode: async () => (program.destroyed && !program.readableEnded ? null : 3),
    },
    { cols: 80, rows: 24, limits: { idleMs: 100_000, graceMs: 10_000 } },
  );
});

afterEach(async () => {
  terminal.close('closed');
  await terminal.ended;
  for (const connection of connections.splice(0)) connection.abort();
  vi.useRealTimers();
});

/** Follows the terminal; `parts` fills while `reading` lasts. */
function follow(isHolder: boolean, after = 0) {
  const connection = new AbortController();
  connections.push(connection);
  const parts: TerminalOutput[] = [];
  const output = terminal.follow({ isHolder, after, signal: connection.signal });
  const read = async () => {
    const { value, done } = await output.next();
    if (done !== true) parts.push(value);
    return done !== true;
  };
  const readAll = async () => {
    while (await read());
  };
  return { parts, read, readAll, text: () => parts.map(({ text }) => text).join(''), leave: () => connection.abort() };
}

/** Lets everything happen that does not wait for a timer. */
async function settle(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass until a condition holds. */
async function advanceUntil(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !holds(); round += 1) {
    await vi.advanceTimersByTimeAsync(100);
    await settle();
  }
  expect(holds()).toBe(true);
}

test('the holder types and reads; a watcher reads the same', async () => {
  const holder = follow(true);
  const watcher = follow(false);
  void holder.readAll();
  void watcher.readAll();
  await terminal.type('ls\r');
  expect(program.typed).toEqual(['ls\r']);
  program.push('file\r\n');
  await settle();
  expect(holder.text()).toBe('file\r\n');
  expect(watcher.text()).toBe('file\r\n');
  expect(holder.parts[0]).toMatchObject({ size: { cols: 80, rows: 24 } });
  expect(terminal.state()).toMatchObject({ held: true, watchers: 1 });
});

test('a new size is told to the box, and to whoever watches', async () => {
  const watcher = follow(false);
  void watcher.readAll();
  await terminal.resize(120, 40);
  await settle();
  expect(sizes).toEqual(['120x40']);
  expect(watcher.parts.at(-1)).toMatchObject({ size: { cols: 120, rows: 40 } });
});

test('the end of the program is told with its exit code', async () => {
  const holder = follow(true);
  const reading = holder.readAll();
  program.push('bye');
  program.push(null);
  await reading;
  expect(holder.text()).toBe('bye');
  expect(holder.parts.at(-1)?.end).toEqual({ why: 'exited', exitCode: 3 });
  expect(await terminal.ended).toEqual({ why: 'exited', exitCode: 3, bytesIn: 0, bytesOut: 3 });
  await expect(terminal.type('x')).rejects.toMatchObject({ code: 'unknown_terminal' });
});

// Vulnerability: `yes` in a shell fills hived's memory. Scenario: the holder's connection takes nothing more.
// Verified: the program is read up to a bound, and on when the holder reads again.
test('a flood waits for a holder that does not read', async () => {
  const holder = follow(true);
  program.flood(true);
  await holder.read();
  await vi.advanceTimersByTimeAsync(20_000);
  await settle();
  const before = program.taken;
  expect(before).toBeLessThan(600_000);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(program.taken).toBe(before);
  void holder.readAll();
  await advanceUntil(() => program.taken > before + 600_000);
});

test('a flood is read no faster than hived’s thread has time for', async () => {
  const holder = follow(true);
  void holder.readAll();
  program.flood(true);
  await settle();
  expect(program.taken).toBeLessThan(400_000);
});

test('a watcher that does not read slows nobody, and begins anew when it reads again', async () => {
  const holder = follow(true);
  void holder.readAll();
  const watcher = follow(false);
  program.push('first');
  await watcher.read();
  program.flood(true);
  await advanceUntil(() => program.taken > 1_000_000);
  program.flood(false);
  await watcher.read();
  expect(watcher.parts.at(-1)).toMatchObject({ reset: true });
});

test('a holder that comes back goes on where it was', async () => {
  const first = follow(true);
  void first.readAll();
  program.push('one ');
  await settle();
  first.leave();
  await settle();
  expect(terminal.state().held).toBe(false);
  program.push('two ');
  await settle();
  const again = follow(true, first.parts.at(-1)?.seq);
  void again.readAll();
  await settle();
  expect(again.text()).toBe('two ');
  await vi.advanceTimersByTimeAsync(50_000);
  expect(terminal.state().held).toBe(true);
});

test('the newest connection of the holder counts: an older one ends', async () => {
  const first = follow(true);
  const reading = first.readAll();
  await settle();
  const second = follow(true);
  void second.readAll();
  await settle();
  await reading;
  expect(terminal.state().held).toBe(true);
});

test.each([
  ['away for longer than the grace period', { why: 'abandoned', ms: 10_000, stays: false }],
  ['there, but types nothing', { why: 'idle', ms: 100_000, stays: true }],
])('a holder that is %s: the terminal ends', async (_, { why, ms, stays }) => {
  const holder = follow(true);
  void holder.readAll();
  await settle();
  if (!stays) holder.leave();
  await settle();
  await vi.advanceTimersByTimeAsync(ms - 1);
  expect(program.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(program.destroyed).toBe(true);
  expect(await terminal.ended).toMatchObject({ why });
});

test('a terminal to which nobody ever connects ends after the grace period', async () => {
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await terminal.ended).toMatchObject({ why: 'abandoned' });
});

test('a program that does not read: the caller is told, and only so much waits for it', async () => {
  void follow(true).readAll();
  program.isReading = false;
  const first = terminal.type('a'.repeat(30_000));
  const refused = expect(first).rejects.toMatchObject({ code: 'busy' });
  await vi.advanceTimersByTimeAsync(20_000);
  await refused;
  const more = [1, 2, 3].map(() => terminal.type('b'.repeat(30_000)).catch(() => undefined));
  await expect(terminal.type('c'.repeat(30_000))).rejects.toMatchObject({ code: 'busy' });
  program.readAgain();
  await Promise.all(more);
  await terminal.type('d');
  expect(program.typed.at(-1)).toBe('d');
});

test('a connection to the engine that breaks is an end', async () => {
  const holder = follow(true);
  const reading = holder.readAll();
  program.destroy(new Error('the engine is gone'));
  await reading;
  expect(holder.parts.at(-1)?.end).toMatchObject({ why: 'exited', exitCode: null });
});
