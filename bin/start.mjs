// @ts-check
// `npm start`: everything from a clean clone to a running hive. Arguments go to `hivectl up`.
import { join } from 'node:path';
import { bootstrap, exitWith, top } from './bootstrap/bootstrap.mjs';

await exitWith(async () => {
  await bootstrap();
  // In this process: a second Node would only cost the time of its start.
  process.argv.splice(1, 1, join(top, 'bin/hivectl.mjs'), 'up');
  process.chdir(top);
  // By a path that is computed: before the first build there is none to resolve.
  await import(join(top, 'dist/hivectl.mjs'));
  return Number(process.exitCode ?? 0);
});
