import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DRIVER_NAMES } from '../../protocol/drivers/drivers.ts';
import { importsOf, readSources } from './sources.ts';

const production = readSources().filter((file) => file.zone === 'harness' && !file.isTest);

/** The driver whose folder contains a file of the harness; null: the file is shared. */
function driverOf(path: string): string | null {
  return DRIVER_NAMES.find((name) => path.startsWith(`harness/driver/${name}/`)) ?? null;
}

describe('drivers', () => {
  test('each has a folder', () => {
    expect(DRIVER_NAMES.filter((name) => !production.some(({ path }) => driverOf(path) === name))).toEqual([]);
  });

  test('only the table imports a driver: neither the harness, nor the shared layer, nor another driver does', () => {
    const wrong = production
      .filter(({ path }) => path !== 'harness/driver/drivers.ts')
      .flatMap(({ path, text }) =>
        importsOf(text)
          .map((name) => normalize(join(dirname(path), name)))
          .filter((target) => driverOf(target) !== null && driverOf(target) !== driverOf(path))
          .map((target) => `${path} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });
});
