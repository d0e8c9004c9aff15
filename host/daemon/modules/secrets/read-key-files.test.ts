import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createKnownSecrets } from '../../core/known-secrets.ts';
import { readKeyFiles } from './read-key-files.ts';
import { rememberTokens } from './recent-tokens.ts';

test('keys and the tokens of logins are secrets, named by their files', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-keys-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'anthropic.key'), 'the-key-of-anthropic\n');
  writeFileSync(join(dir, 'empty.key'), '\n');
  // As providers/provider-keys.ts writes it, with texts that are long and not secret.
  const login = {
    account: '0b8f7c9e-account-of-the-login',
    importedAs: 'd2ab'.repeat(16),
    tokenUrl: 'https://auth.example.com/oauth/token',
    importedAt: '2026-09-21T13:33:20.000Z',
    refresh: 'a-refresh-token',
    access: 'an-access-token',
  };
  writeFileSync(join(dir, 'openai.key'), JSON.stringify(login, null, 1));
  writeFileSync(join(dir, 'other.key'), '{"half": "of a login');
  mkdirSync(join(dir, 'folder'));
  expect((await readKeyFiles(dir)).sort((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'anthropic-key', value: 'the-key-of-anthropic' },
    { name: 'openai-key', value: 'an-access-token' },
    { name: 'openai-key', value: 'a-refresh-token' },
    { name: 'other-key', value: '{"half": "of a login' },
  ]);
});

test('a file that is removed while they are read is none', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-keys-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const files = Array.from({ length: 300 }, (_, n) => join(dir, `lab.${n}.key`));
  for (const file of files) writeFileSync(file, `the-key-of-${file}`);
  const reading = readKeyFiles(dir);
  // The directory is read by then, and most files are not.
  await readdir(dir);
  for (const file of files) rmSync(file);
  await expect(reading).resolves.toBeInstanceOf(Array);
});

test('the newest tokens that are stored only as hashes are redacted', () => {
  const secrets = createKnownSecrets();
  const remember = rememberTokens(secrets, 'sign-in-link');
  for (let n = 0; n < 100; n += 1) remember(`token-number-${n}-of-many`);
  expect(secrets.redactText('token-number-99-of-many')).toBe('[secret:sign-in-link]');
  expect(secrets.redactText('token-number-40-of-many')).toBe('[secret:sign-in-link]');
  expect(secrets.redactText('token-number-0-of-many')).toBe('token-number-0-of-many');
});

test('values that would be found in ordinary words are not redacted', () => {
  const secrets = createKnownSecrets();
  secrets.learn('proxy', [
    { name: 'proxy-password', value: 'secret' },
    { name: 'other', value: '' },
  ]);
  expect(secrets.redactText('a secret')).toBe('a secret');
  // Keys of servers that need none, and passwords that somebody did not change.
  const words = ['anything', 'anthropic', 'no-key-needed', 'postgres', 'Change_me', 'PASSWORD', '12345678'];
  secrets.learn('keys', words.map((value) => ({ name: 'lab-key', value }))); // prettier-ignore
  const text = `Does anything need ${words.join(' or ')}?`;
  expect(secrets.redactText(text)).toBe(text);
  const keys = ['sk-abcdef1', 'aB3dE5gH', 'correct-horse-battery-staple', 'qWeRtYuIoP', 'postgres!'];
  secrets.learn('keys', keys.map((value) => ({ name: 'k', value }))); // prettier-ignore
  for (const key of keys) expect(secrets.redactText(`x ${key} y`)).toBe('x [secret:k] y');
});
