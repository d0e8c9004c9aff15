import { expect, test } from 'vitest';
import { findHive } from './hive-places.ts';

const person = { privileged: false, home: '/home/ada' };

test('the hive’s directories are taken from the environment, else from the defaults of its user', () => {
  expect(findHive({}, { privileged: true, home: '/root' })).toMatchObject({
    root: '/var/lib/hyperhive',
    adminSocket: '/run/hyperhive/admin.sock',
  });
  expect(findHive({}, person)).toMatchObject({ run: '/home/ada/.local/share/hyperhive/run' });
  expect(findHive({ XDG_RUNTIME_DIR: '/run/user/1' }, person)).toMatchObject({ run: '/run/user/1/hyperhive' });
  expect(findHive({ HIVE_ROOT: '/h/', HIVE_RUN: '/r' }, person)).toMatchObject({
    configFile: '/h/config.yaml',
    forgeSocket: '/r/forge/forge.sock',
  });
});

test('a path that is not absolute is refused, naming the variable', () => {
  expect(() => findHive({ HIVE_RUN: 'run' }, person)).toThrow('HIVE_RUN must be an absolute path, not "run".');
});
