// @ts-check
// `npm start`: everything from a clean clone to a running hive. Arguments go to `hivectl up`.
import { bootstrap, exitWith, top } from './bootstrap/bootstrap.mjs';
import { handOver } from './bootstrap/children.mjs';

await exitWith(async () => {
  await bootstrap();
  return handOver(process.execPath, ['bin/hivectl.mjs', 'up', ...process.argv.slice(2)], { cwd: top });
});
