import { expect, test } from 'vitest';
import { withoutDescriptors } from '../../../system/testing/no-descriptors.ts';
import { startCli } from './cli-process.ts';

test('a CLI without free descriptors is reported as one that could not be started, and the harness goes on', async () => {
  const start = () => startCli('/bin/cat', { argv: [], env: {}, cwd: '/' });
  const exit = await withoutDescriptors(async () => {
    const cli = start();
    cli.write({ hello: 1 });
    cli.kill();
    await cli.end();
    expect(cli.isAlive()).toBe(false);
    return cli.exited;
  });
  expect(exit).toMatchObject({ code: null, startError: expect.stringContaining('spawn /bin/cat EMFILE') });
  const cli = start();
  await cli.end();
  expect(await cli.exited).toMatchObject({ code: 0, startError: null });
});
