import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decideInstall } from '../../bin/bootstrap/install.mjs';
import { hashSources } from '../../bin/bootstrap/source-hash.mjs';
import { summarize } from '../../bin/testing/last-line.mjs';
import { TOP } from './sources.ts';

describe('the decision about node_modules', () => {
  const wanted = {
    packages: {
      '': {},
      'node_modules/zod': { version: '4.0.0' },
      'node_modules/@esbuild/darwin-x64': { version: '0.28.0', optional: true },
    },
  };
  const installed = { packages: { 'node_modules/zod': { version: '4.0.0' } } };

  test('nothing, when all required packages are there; other platforms’ packages may be missing', () => {
    expect(decideInstall({ wanted, installed, nativeLoads: true })).toBe('nothing');
  });
  test('an install, when npm never finished one', () => {
    expect(decideInstall({ wanted, installed: null, nativeLoads: true })).toBe('install');
  });
  test('an install, when a version differs or a package is missing', () => {
    const old = { packages: { 'node_modules/zod': { version: '3.0.0' } } };
    expect(decideInstall({ wanted, installed: old, nativeLoads: true })).toBe('install');
    expect(decideInstall({ wanted, installed: { packages: {} }, nativeLoads: true })).toBe('install');
  });
  test('compiling alone, when SQLite does not fit this Node', () => {
    expect(decideInstall({ wanted, installed, nativeLoads: false })).toBe('rebuild');
  });
});

describe('the hash of a build’s sources', () => {
  let top: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'hive-hash-'));
    for (const dir of ['protocol', 'system', 'wire', 'store', 'host', 'harness', 'forge', 'images', 'bin'])
      mkdirSync(join(top, dir));
    cpSync(join(TOP, 'package-lock.json'), join(top, 'package-lock.json'));
    writeFileSync(join(top, 'bin/build.mjs'), '');
    writeFileSync(join(top, 'host/a.ts'), 'one');
  });
  afterEach(() => rmSync(top, { recursive: true }));

  test('changes with a source, not with a test or a time', () => {
    const before = hashSources(top);
    writeFileSync(join(top, 'host/a.test.ts'), 'a test');
    writeFileSync(join(top, 'host/a.ts'), 'one');
    expect(hashSources(top)).toBe(before);
    writeFileSync(join(top, 'host/a.ts'), 'two');
    expect(hashSources(top)).not.toBe(before);
  });
});

describe('the last line of npm test', () => {
  const skipped = [{ name: 'box > x', reason: 'no engine here' }];

  test('counts', () => {
    expect(summarize({ passed: 3, failed: 0, skipped: [] }, 0)).toEqual({ lines: ['3 passed, 0 failed'], ok: true });
  });
  test('lists what was skipped with its reason', () => {
    const { lines, ok } = summarize({ passed: 3, failed: 1, skipped }, 1);
    expect(lines).toEqual(['skipped: box > x (no engine here)', '3 passed, 1 failed, 1 skipped']);
    expect(ok).toBe(false);
  });
  test('is a failure when nothing ran, when vitest broke, and when vitest fails without a failed test', () => {
    expect(summarize({ passed: 0, failed: 0, skipped: [] }, 0).ok).toBe(false);
    expect(summarize(null, 1)).toMatchObject({ ok: false });
    expect(summarize({ passed: 5, failed: 0, skipped: [] }, 1).lines.at(-1)).toBe('5 passed, 1 failed');
  });
});

describe('interrupting a step', () => {
  test('ends the programs it runs, reports it once, and exits with 130', async () => {
    const script = `import { run } from ${JSON.stringify(join(TOP, 'bin/bootstrap/children.mjs'))};
      import { exitWith } from ${JSON.stringify(join(TOP, 'bin/bootstrap/bootstrap.mjs'))};
      await exitWith(async () => {
        const running = run('sh', ['-c', 'trap "" INT; sleep 60 & echo $!; wait'], { cwd: '/' });
        setTimeout(() => process.stdout.write('running\\n'), 0);
        return (await running).code;
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    child.stderr.on('data', (chunk) => {
      told += String(chunk);
    });
    child.stdout.once('data', () => child.kill('SIGINT'));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(130);
    expect(told.trim()).toBe('Interrupted. Run the same command again to go on.');
  });
});
