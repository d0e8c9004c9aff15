import { expect, test } from 'vitest';
import { withoutDescriptors } from '../../../system/testing/no-descriptors.ts';
import { startCli } from './cli-process.ts';

test('a CLI without free descriptors is reported as one that could not be started, and the harness goes on', async () => {
  const start = () => startCli('/bin/cat', { argv: [], env: {}, cwd: '/', record: () => undefined });
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

test('what a program is told and says is recorded, with its errors, long lines and end', async () => {
  const raw: string[][] = [];
  const script = `read line; echo "got $line"; echo oops >&2; head -c 5000000 /dev/zero | tr '\\0' x; exit 3`;
  const cli = startCli('/bin/sh', {
    argv: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    record: (kind, text, isCut) => void raw.push([kind, text.slice(0, 40), String(isCut ?? false)]),
  });
  cli.write({ hello: 1 });
  await cli.exited;
  // Not stopped by its end: nobody hears what is written then.
  cli.write({ late: 1 });
  expect(raw.filter(([kind]) => kind !== 'stderr')).toEqual([
    ['start', expect.stringContaining('["/bin/sh","-c"'), 'false'],
    ['stdin', '{"hello":1}', 'false'],
    ['stdout', 'got {"hello":1}', 'false'],
    ['stdout', 'x'.repeat(40), 'true'],
    ['exit', '{"code":3,"signal":null,"error":null}', 'false'],
  ]);
  expect(raw.filter(([kind]) => kind === 'stderr')).toEqual([['stderr', 'oops', 'false']]);
});
