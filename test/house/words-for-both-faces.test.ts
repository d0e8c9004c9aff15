import { expect, test } from 'vitest';
import { readSources } from './sources.ts';

/** Rooms whose errors are shown on the page as well as by hivectl. */
const ROOMS = /^host\/daemon\/modules\/(?!.*\.test\.ts$)/;
/** The page alone shows these: what they are about is allowed to hivectl alone. */
const OF_THE_PAGE = /The dashboard may not|not opened on the dashboard/;
const ERROR = /new HiveError\([\s\S]*?\);/g;
const COMMAND = /command: (?:`[^`]*`|'[^']*')/g;

test('an error that the page may show names no command of hivectl in its sentence, but beside it', () => {
  const found = readSources()
    .filter(({ path }) => ROOMS.test(path))
    .flatMap(({ path, text }) =>
      (text.match(ERROR) ?? [])
        .filter((error) => !OF_THE_PAGE.test(error) && error.replaceAll(COMMAND, '').includes('hivectl'))
        .map((error) => `${path}: ${error}`),
    );
  expect(found).toEqual([]);
});
