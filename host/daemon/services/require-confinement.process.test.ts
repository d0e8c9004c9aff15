import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { requireConfinement } from './require-confinement.ts';

async function dirWith(programs: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hive-setpriv-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(dir, name), text);
    await chmod(join(dir, name), 0o755);
  }
  return dir;
}
const as = (path: string) => ({ uid: 54_321, gid: 54_321, env: { PATH: path } });

test('a host without setpriv gets one error, which names the package', async () => {
  await expect(requireConfinement(as(await dirWith({})))).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(/setpriv of util-linux.*there is none on this machine.*apt-get install util-linux/),
  });
});

test('the error of a setpriv that fails contains its own message', async () => {
  const dir = await dirWith({ setpriv: '#!/bin/sh\necho "setpriv: unrecognized option: $5" >&2; exit 1\n' });
  await expect(requireConfinement(as(dir))).rejects.toMatchObject({
    message: expect.stringContaining('setpriv: unrecognized option: --ambient-caps=-all'),
  });
});

test.skipIf(process.getuid?.() !== 0)('a host with a working setpriv passes', async () => {
  await requireConfinement(as('/usr/bin:/bin'));
});

test('a hived that is not root has no privileges to drop', async () => {
  await requireConfinement({ uid: null, gid: null, env: { PATH: '/usr/bin:/bin' } });
});
