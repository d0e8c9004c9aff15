import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readTimeZone } from './time-zone.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hive-zone-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const link = (to: string) => {
  const path = join(dir, 'localtime');
  symlinkSync(to, path);
  return path;
};
const asIntlSays = Intl.DateTimeFormat().resolvedOptions().timeZone;

test.each([
  ['/usr/share/zoneinfo/Europe/Berlin', 'Europe/Berlin'],
  ['../usr/share/zoneinfo/America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['/usr/share/zoneinfo/Etc/GMT+5', 'Etc/GMT+5'],
  ['/usr/share/zoneinfo/Etc/UTC', 'UTC'],
])('a link to %s means %s', (target, zone) => {
  expect(readTimeZone(undefined, link(target))).toBe(zone);
});

test('where the file is a copy, is missing or links elsewhere, Intl is asked', () => {
  writeFileSync(join(dir, 'copy'), 'TZif2');
  expect(readTimeZone(undefined, join(dir, 'copy'))).toBe(asIntlSays);
  expect(readTimeZone(undefined, join(dir, 'missing'))).toBe(asIntlSays);
  expect(readTimeZone(undefined, link('/var/lib/own zone'))).toBe(asIntlSays);
});

test('TZ decides where it is set', () => {
  expect(readTimeZone('UTC', link('/usr/share/zoneinfo/Europe/Berlin'))).toBe(asIntlSays);
});
