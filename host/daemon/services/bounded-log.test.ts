import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBoundedLog } from './bounded-log.ts';

const fail = (error: Error) => expect.unreachable(error.message);

describe('a bounded log', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hive-log-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  test('keeps at most two files of its size, the newest lines among them', async () => {
    const path = join(dir, 'x.log');
    for (let opened = 0; opened < 40; opened += 1) {
      const log = openBoundedLog(path, { maxBytes: 100, onError: fail });
      log.write(`line ${opened} ${'.'.repeat(20)}`);
      await log.close();
    }
    expect((await readdir(dir)).sort()).toEqual(['x.log', 'x.log.1']);
    for (const name of ['x.log', 'x.log.1']) expect((await stat(join(dir, name))).size).toBeLessThanOrEqual(100);
    expect(await readFile(path, 'utf8')).toContain('line 39');
  });

  test('drops and counts lines when the disk cannot keep up', async () => {
    const path = join(dir, 'x.log');
    const log = openBoundedLog(path, { maxBytes: 1 << 30, onError: fail });
    const line = 'x'.repeat(1_000);
    for (let written = 0; written < 5_000; written += 1) log.write(line);
    await log.close();
    const text = await readFile(path, 'utf8');
    expect(text.length).toBeLessThan(1.1 * (1 << 20));
    expect(text).toMatch(/\(\d{4} lines dropped: the disk could not keep up\)\n$/);
  });

  test('a disk that refuses is reported once', async () => {
    const errors: Error[] = [];
    const log = openBoundedLog(join(dir, 'not-there', 'x.log'), {
      maxBytes: 100,
      onError: (error) => errors.push(error),
    });
    log.write('one');
    await log.close();
    log.write('two');
    await log.close();
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain('ENOENT');
  });
});
