import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_FILE_BYTES } from '../../protocol/schemas/message.ts';
import { attachFiles } from './attach-files.ts';
import { saveDownload } from './save-download.ts';

let home = '';
let stateDir = '';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'files-'));
  stateDir = join(home, 'state');
  await mkdir(stateDir);
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const hashOf = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

describe('files to attach', () => {
  const letter = { to: 'writer', body: 'see files' };
  let uploaded: { name: string; text: string }[] = [];
  beforeEach(() => {
    uploaded = [];
  });

  const attach = (files: unknown) => {
    const upload = ({ name, data }: { name: string; data: string }) => {
      const bytes = Buffer.from(data, 'base64');
      uploaded.push({ name, text: bytes.toString() });
      return Promise.resolve({ name, hash: hashOf(bytes), bytes: bytes.length });
    };
    return attachFiles('send', { ...letter, files }, { upload, stateDir });
  };

  test('are read from the state directory or from anywhere, and named by their hash', async () => {
    await writeFile(join(stateDir, 'plan.md'), 'the plan');
    await writeFile(join(home, 'empty'), '');
    expect(await attach(['plan.md', join(home, 'empty')])).toEqual({
      ...letter,
      attachments: [
        { name: 'plan.md', hash: hashOf('the plan') },
        { name: 'empty', hash: hashOf('') },
      ],
    });
    expect(uploaded).toEqual([
      { name: 'plan.md', text: 'the plan' },
      { name: 'empty', text: '' },
    ]);
  });

  test('a single path is accepted for a list of one; a reminder takes one', async () => {
    await writeFile(join(stateDir, 'a'), 'x');
    expect(await attach('a')).toMatchObject({ attachments: [{ name: 'a' }] });
    const upload = () => Promise.resolve({ name: 'a', hash: hashOf('x'), bytes: 1 });
    expect(await attachFiles('remind', { body: 'b', in_seconds: 1, file: 'a' }, { upload, stateDir })).toEqual({
      body: 'b',
      in_seconds: 1,
      attachment: { name: 'a', hash: hashOf('x') },
    });
  });

  test('anything but a small, existing regular file is refused by name, and never blocks', async () => {
    await promisify(execFile)('mkfifo', [join(stateDir, 'pipe')]);
    await writeFile(join(stateDir, 'big'), '');
    await truncate(join(stateDir, 'big'), MAX_FILE_BYTES + 1);
    await mkdir(join(stateDir, 'dir'));
    await expect(attach(['pipe'])).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/pipe is no regular file/),
    });
    await expect(attach(['dir'])).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(attach(['/dev/zero'])).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(attach(['big'])).rejects.toMatchObject({
      code: 'attachment_too_large',
      message: expect.stringMatching(/\/shared/),
    });
    await expect(attach(['gone'])).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/gone cannot be read: ENOENT/),
    });
    await expect(attach([])).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(attach([3])).rejects.toMatchObject({ code: 'invalid_input' });
    expect(uploaded).toEqual([]);
  });

  test('two files with one name, and a call that is invalid elsewhere, upload nothing', async () => {
    await writeFile(join(stateDir, 'a'), 'x');
    await writeFile(join(home, 'a'), 'y');
    await expect(attach(['a', join(home, 'a')])).rejects.toMatchObject({
      message: expect.stringMatching(/Two of the files are called "a"/),
    });
    const wrong = { to: 'No One', body: 'b', files: ['a'] };
    const upload = () => Promise.reject(new Error('must not be called'));
    await expect(attachFiles('send', wrong, { upload, stateDir })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(uploaded).toEqual([]);
  });
});

describe('files to save', () => {
  const file = (text: string, name = 'plan.md') => ({
    name,
    hash: hashOf(text),
    data: Buffer.from(text).toString('base64'),
  });
  const save = (text: string, name?: string) => saveDownload(file(text, name), { stateDir, message: 7 });
  const place = (name: string) => join(stateDir, 'downloads/7', name);

  test('are below downloads, under the number of their message', async () => {
    expect(await save('the plan')).toBe(place('plan.md'));
    expect(await readFile(place('plan.md'), 'utf8')).toBe('the plan');
  });

  test('saving again returns the same file; another one with that name gets a number', async () => {
    await save('the plan');
    expect(await save('the plan')).toBe(place('plan.md'));
    expect(await save('another')).toBe(place('plan-2.md'));
    expect(await save('x', '.bashrc')).toBe(place('.bashrc'));
    expect((await readdir(join(stateDir, 'downloads/7'))).sort()).toEqual(['.bashrc', 'plan-2.md', 'plan.md']);
    expect(await readFile(place('plan.md'), 'utf8')).toBe('the plan');
  });

  /**
   * Vulnerability: writing through a planted symlink. Scenario: the file's path, or a directory on the way, is a
   * symlink to somewhere else. Verified: nothing is written there, nor is its target taken for the file.
   */
  test('a symlink at its path is left alone, whether dangling or not', async () => {
    await mkdir(join(stateDir, 'downloads/7'), { recursive: true });
    await writeFile(join(home, 'target'), 'the plan');
    await symlink(join(home, 'target'), place('plan.md'));
    await symlink(join(home, 'nowhere'), place('plan-2.md'));
    expect(await save('the plan')).toBe(place('plan-3.md'));
    expect((await readdir(home)).sort()).toEqual(['state', 'target']);
  });

  test.each(['downloads', 'downloads/7'])('a symlink in place of %s is refused', async (link) => {
    await mkdir(join(home, 'elsewhere'));
    if (link !== 'downloads') await mkdir(join(stateDir, 'downloads'));
    await symlink(join(home, 'elsewhere'), join(stateDir, link));
    await expect(save('x')).rejects.toMatchObject({
      code: 'wrong_state',
      message: expect.stringMatching(/is no directory/),
    });
    expect(await readdir(join(home, 'elsewhere'))).toEqual([]);
  });

  test('bytes that do not match their hash are not saved', async () => {
    const broken = { ...file('x'), data: Buffer.from('y').toString('base64') };
    await expect(saveDownload(broken, { stateDir, message: 7 })).rejects.toMatchObject({ code: 'attachment_damaged' });
    await expect(readdir(join(stateDir, 'downloads'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
