import { describe, expect, test } from 'vitest';
import { engineArgv, enginePlaces } from './engine-process.ts';

describe('how dockerd is started', () => {
  test('with live restore, and with the socket as an argument only where it is not the default', () => {
    const usual = enginePlaces('/var/run/docker.sock', []);
    expect(engineArgv(usual, { args: [], configured: [] })).toEqual(['dockerd', '--live-restore']);
    const own = enginePlaces('/x/d.sock', []);
    expect(engineArgv(own, { args: ['--debug'], configured: [] })).toEqual([
      'dockerd',
      '--live-restore',
      '-H',
      'unix:///x/d.sock',
      '--debug',
    ]);
  });

  test('options of the configuration file or the arguments are not repeated', () => {
    const own = enginePlaces('/x/d.sock', []);
    expect(engineArgv(own, { args: ['--live-restore=false'], configured: ['hosts'] })).toEqual([
      'dockerd',
      '--live-restore=false',
    ]);
    expect(engineArgv(own, { args: [], configured: ['hosts', 'live-restore'] })).toEqual(['dockerd']);
  });

  test('its paths are those of its arguments', () => {
    expect(enginePlaces('/s', ['--pidfile=/p', '--exec-root', '/e', '--config-file=/c'])).toEqual({
      socketPath: '/s',
      pidFile: '/p',
      execRoot: '/e',
      configFile: '/c',
    });
    expect(enginePlaces('/s', ['-p', '/q'])).toMatchObject({ pidFile: '/q', execRoot: '/var/run/docker' });
  });
});
