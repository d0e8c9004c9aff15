import { describe, expect, test } from 'vitest';
import { LONGEST } from '../support/longest-first.ts';
import { importsOf, readSources } from './sources.ts';

const production = readSources().filter((file) => file.zone !== 'test' && !file.isTest);

describe('conventions', () => {
  test('the environment is read in config.ts, or passed to it by main.ts', () => {
    const wrong = production.filter(
      (file) => file.text.includes('process.env') && !/(^|\/)(config|main)\.ts$/.test(file.path),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  test('one file starts programs', () => {
    const starters = production.filter((file) => /import (?!type )[^;]*from 'node:child_process'/.test(file.text));
    expect(starters.map((file) => file.path)).toEqual(['system/process/spawn-child.ts']);
  });

  test('one file makes logs: no other imports pino or has a server make one', () => {
    const makers = readSources().filter((file) => importsOf(file.text).includes('pino'));
    expect(makers.map((file) => file.path)).toEqual(['system/log.ts']);
    expect(production.filter((file) => /\blogger: (?!false)/.test(file.text)).map((file) => file.path)).toEqual([]);
  });

  // `import { z }` keeps all of zod, with its sixty languages, in every bundle: 350 KB of each harness.
  test('zod is imported as a namespace, of which bundles keep only the used part', () => {
    const whole = production.filter((file) => /import (?:type )?\{[^}]*\} from 'zod'/.test(file.text));
    expect(whole.map((file) => file.path)).toEqual([]);
  });

  test('the tests that begin first exist', () => {
    const paths = readSources().map((file) => file.path);
    expect(LONGEST.filter((path) => !paths.includes(path))).toEqual([]);
  });

  test('nothing is called utils, helpers, common or manager', () => {
    const wrong = production.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.)/.test(file.path));
    expect(wrong.map((file) => file.path)).toEqual([]);
  });
});
