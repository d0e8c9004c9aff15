import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CliPart } from '../setup/clis/clis.ts';
import { changeToolchain } from './change-toolchain.ts';
import { defaultVersion } from './find-pinned.ts';
import { placeCli } from './place-cli.ts';

// The real npm, and a registry with one package: a program that npm should not run, and a script that nobody should.

let top: string;
let toolchain: string;
let registry: Server;
let tarball: Buffer;
const asked: string[] = [];
/** What the registry says of the package that is not in the package, and what else it answers. */
let claimed: { needs?: object; others?: object } = {};
let lies: Record<string, Buffer> = {};

beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'hive-place-'));
  const files = {
    'package/package.json': JSON.stringify({
      name: 'alpha-cli',
      version: '1.2.3',
      scripts: { install: `touch ${join(top, 'script-ran')}` },
      optionalDependencies: { 'alpha-extra': '1.0.0' },
    }),
    'package/lib/alpha.js': '#!/usr/bin/env node\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(top, dirname(path)), { recursive: true });
    await writeFile(join(top, path), text, { mode: 0o600 });
  }
  execFileSync('tar', ['-czf', join(top, 'alpha.tgz'), '-C', top, 'package']);
  tarball = await readFile(join(top, 'alpha.tgz'));
  registry = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/alpha-cli.tgz') return void response.end(tarball);
    const lie = lies[request.url ?? ''];
    if (lie !== undefined) return void response.end(lie);
    if (request.url !== '/alpha-cli') return void response.writeHead(404).end('{}');
    const dist = { tarball: `${url()}/alpha-cli.tgz`, integrity: integrityOf(tarball) };
    response.setHeader('content-type', 'application/json');
    const needs = { optionalDependencies: { 'alpha-extra': '1.0.0' }, ...claimed.needs };
    const version = { name: 'alpha-cli', version: '1.2.3', dist, ...needs };
    response.end(
      JSON.stringify({
        name: 'alpha-cli',
        'dist-tags': { latest: '1.2.3' },
        versions: { '1.2.3': version, ...claimed.others },
      }),
    );
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  asked.length = 0;
  claimed = {};
  lies = {};
  toolchain = await mkdtemp(join(top, 'toolchain-'));
});
afterAll(async () => {
  registry.closeAllConnections();
  registry.close();
  await rm(top, { recursive: true });
});

const url = () => `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
const integrityOf = (bytes: Buffer) => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
const partWith = (integrity: string): CliPart => ({
  title: 'Alpha',
  packageOf: (version) => ({ name: 'alpha-cli', version }),
  program: () => 'lib/alpha.js',
  pinned: [{ version: '1.2.3', integrity: { [process.arch]: integrity } }],
});

function place(part: CliPart, signal = new AbortController().signal) {
  const childEnv = {
    PATH: process.env['PATH'] ?? '',
    HOME: top,
    npm_config_registry: url(),
    npm_config_cache: join(top, 'npm-cache'),
    npm_config_fetch_retries: '0',
  };
  const downloading = { settings: { childEnv }, signal };
  return changeToolchain(toolchain, (changing) =>
    placeCli(changing, defaultVersion('alpha', part), { downloading, report: () => undefined }),
  );
}

test('a version appears complete, readable by all, without scripts and optional packages', async () => {
  expect(await place(partWith(integrityOf(tarball)))).toBe('placed');
  const dir = join(toolchain, 'alpha/1.2.3');
  expect(await readlink(join(dir, 'bin/alpha'))).toBe('../lib/alpha.js');
  expect((await stat(join(dir, 'lib/alpha.js'))).mode & 0o777).toBe(0o755);
  expect((await stat(join(dir, 'package.json'))).mode & 0o777).toBe(0o644);
  expect((await stat(dir)).mode & 0o777).toBe(0o755);
  expect(await readdir(toolchain)).toEqual(['alpha']);
  expect(await readdir(top)).not.toContain('script-ran');
  expect(asked.filter((path) => path.endsWith('.tgz'))).toEqual(['/alpha-cli.tgz']);
  expect(await place(partWith(integrityOf(tarball)))).toBe('was_there');
});

test('two commands at once place it once; both succeed', async () => {
  const both = await Promise.all([place(partWith(integrityOf(tarball))), place(partWith(integrityOf(tarball)))]);
  expect(both.toSorted()).toEqual(['placed', 'was_there']);
  expect(await readdir(toolchain)).toEqual(['alpha']);
});

test('a package with another checksum is refused, and nothing of it stays', async () => {
  // Vulnerability: whoever controls the registry, or the way to it, runs a program in every box.
  await expect(place(partWith(integrityOf(Buffer.from('another'))))).rejects.toMatchObject({
    code: 'setup_failed',
    message: expect.stringContaining('its checksum differs') as string,
  });
  expect(await readdir(toolchain)).toEqual([]);
});

test('what the registry says about the package brings nothing into it', async () => {
  // Vulnerability: the registry's list of dependencies is in no checksum. npm puts one that conflicts with another into
  // the package's own directory, where the verified program would load it. Here: another version of the same name.
  lies = { '/evil.tgz': await packEvil() };
  const dist = { tarball: `${url()}/evil.tgz`, integrity: integrityOf(lies['/evil.tgz'] ?? Buffer.alloc(0)) };
  claimed = {
    needs: { dependencies: { 'alpha-cli': '9.0.0' } },
    others: { '9.0.0': { name: 'alpha-cli', version: '9.0.0', dist } },
  };
  await place(partWith(integrityOf(tarball)));
  const files = await readdir(join(toolchain, 'alpha/1.2.3'), { recursive: true });
  expect(files.toSorted()).toEqual(['bin', 'bin/alpha', 'lib', 'lib/alpha.js', 'package.json']);
  expect(asked).not.toContain('/evil.tgz');
});

async function packEvil(): Promise<Buffer> {
  const dir = await mkdtemp(join(top, 'evil-'));
  await mkdir(join(dir, 'package'));
  await writeFile(join(dir, 'package/package.json'), JSON.stringify({ name: 'alpha-cli', version: '9.0.0' }));
  await writeFile(join(dir, 'package/index.js'), '// runs in every box');
  execFileSync('tar', ['-czf', join(dir, 'evil.tgz'), '-C', dir, 'package']);
  return readFile(join(dir, 'evil.tgz'));
}

test('what is not for this processor, lacks its program, or is interrupted leaves nothing', async () => {
  const part = partWith(integrityOf(tarball));
  const elsewhere = { ...part, pinned: [{ version: '1.2.3', integrity: { vax: 'x' } }] as const };
  await expect(place(elsewhere)).rejects.toThrow(`Alpha 1.2.3 cannot be had for ${process.arch}; it needs vax.`);
  await expect(place({ ...part, program: () => 'lib/beta.js' })).rejects.toThrow(/lacks its program/);
  const interrupt = new AbortController();
  interrupt.abort();
  await expect(place(part, interrupt.signal)).rejects.toMatchObject({ code: 'interrupted' });
  expect(await readdir(toolchain)).toEqual([]);
});
