import { describe, expect, test } from 'vitest';
import { readSources } from './sources.ts';

const production = readSources().filter((file) => file.zone !== 'test' && !file.isTest);

describe('conventions', () => {
  test('the environment is read in config.ts, or handed to it by main.ts', () => {
    const wrong = production.filter(
      (file) => file.text.includes('process.env') && !/(^|\/)(config|main)\.ts$/.test(file.path),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  test('each zone has one module that starts programs', () => {
    const starters = production.filter((file) => /from 'node:child_process'/.test(file.text)).map((file) => file.zone);
    expect(starters).toEqual([...new Set(starters)]);
  });

  test('nothing is called utils, helpers, common or manager', () => {
    const wrong = production.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.)/.test(file.path));
    expect(wrong.map((file) => file.path)).toEqual([]);
  });
});
