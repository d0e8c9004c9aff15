import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { agentMail } from '../../../../protocol/operations/agent-mail.ts';
import { deleteAgent } from '../agents/store/agents.ts';
import { UPLOAD_GOOD_MS } from './store/blobs.ts';
import { fileOf, openTestFiles, type TestFiles } from '../../testing/open-test-files.ts';

let hive: TestFiles;
beforeEach(async () => {
  hive = await openTestFiles();
});
afterEach(() => hive.close());

const unknown = { code: 'unknown_attachment' };
const read = async (viewer: string, message: number, name = 'notes.txt') =>
  Buffer.from((await hive.files.download(viewer, { message, name })).data, 'base64').toString();

test('an uploaded file can be sent, and read by sender, recipient and operator', async () => {
  const kept = await hive.files.upload('scout', fileOf('words'));
  expect(kept).toMatchObject({ name: 'notes.txt', bytes: 5 });
  const message = await hive.send('scout', 'coder', [kept]);
  for (const viewer of ['scout', 'coder', 'operator']) expect(await read(viewer, message)).toBe('words');
});

// Vulnerability: a file is found by a number that can be guessed, and a hash that can be overheard. Scenario: an
// agent asks for the file of a message between two others, by the message's number and by every name. Verified: the
// same answer as for a missing message or name.
test('nobody reads a file of a message between others', async () => {
  const message = await hive.send('scout', 'coder', [await hive.files.upload('scout', fileOf('secret'))]);
  await expect(read('manager', message)).rejects.toMatchObject(unknown);
  await expect(read('coder', message, 'other.txt')).rejects.toMatchObject(unknown);
  await expect(read('coder', message + 1)).rejects.toMatchObject(unknown);
  await expect(read('nobody', message)).rejects.toMatchObject(unknown);
});

// Vulnerability: an agent that may attach a file by its hash may read it from the message. Scenario: an agent learned
// a hash (from a log, a message's text) and sends it to itself through a friend. Verified: refused, whether the file
// is only uploaded or was sent by others, and nothing of the message is stored.
test('knowing a hash grants no access to the file', async () => {
  const kept = await hive.files.upload('scout', fileOf('secret'));
  await expect(hive.send('manager', 'coder', [kept])).rejects.toMatchObject(unknown);
  await hive.send('scout', 'coder', [kept]);
  await expect(hive.send('manager', 'coder', [kept])).rejects.toMatchObject(unknown);
  await expect(hive.send('manager', 'coder', [{ name: 'x', hash: '0'.repeat(64) }])).rejects.toMatchObject(unknown);
  await expect(hive.send('operator', 'coder', [{ name: 'x', hash: '0'.repeat(64) }])).rejects.toMatchObject(unknown);
});

test('if one of two files is refused, so is the message', async () => {
  const own = await hive.files.upload('manager', fileOf('own', 'own.txt'));
  const foreign = await hive.files.upload('scout', fileOf('secret'));
  await expect(hive.send('manager', 'coder', [own, foreign])).rejects.toMatchObject(unknown);
  expect(await hive.send('manager', 'coder', [own])).toBe(1);
});

test('a file that an agent received or sent can be sent on, also an hour after its upload', async () => {
  const kept = await hive.files.upload('scout', fileOf('words'));
  await hive.send('scout', 'coder', [kept]);
  hive.time.now += 10 * UPLOAD_GOOD_MS;
  const on = await hive.send('coder', 'manager', [{ ...kept, name: 'renamed.txt' }]);
  expect(await read('manager', on, 'renamed.txt')).toBe('words');
  const again = await hive.send('scout', 'manager', [kept]);
  expect(await read('manager', again)).toBe('words');
});

test('an upload can be attached for an hour', async () => {
  const kept = await hive.files.upload('scout', fileOf('words'));
  hive.time.now += UPLOAD_GOOD_MS - 1;
  expect(await hive.send('scout', 'coder', [kept])).toBe(1);
  const other = await hive.files.upload('scout', fileOf('other'));
  hive.time.now += UPLOAD_GOOD_MS;
  await expect(hive.send('scout', 'coder', [other])).rejects.toMatchObject(unknown);
});

// Vulnerability: access depends on a name, and a name can be given to another agent. Scenario: the scout is destroyed
// and another scout is created within the hour. Verified: the new one neither reads nor attaches the old one's files,
// and the others still read theirs.
test('a later agent with the same name inherits no files', async () => {
  const sent = await hive.files.upload('scout', fileOf('sent'));
  const kept = await hive.files.upload('scout', fileOf('kept'));
  const message = await hive.send('scout', 'coder', [sent]);
  hive.time.now += 1_000;
  await hive.writer.write((tx) => deleteAgent(tx.db, 'scout' as AgentName, null));
  hive.addAgent('scout');
  await expect(read('scout', message)).rejects.toMatchObject(unknown);
  await expect(hive.send('scout', 'manager', [kept])).rejects.toMatchObject(unknown);
  await expect(hive.send('scout', 'manager', [sent])).rejects.toMatchObject(unknown);
  expect(await read('coder', message)).toBe('sent');
});

test('two files of one message must have different names', async () => {
  const one = await hive.files.upload('scout', fileOf('one'));
  const two = await hive.files.upload('scout', fileOf('two'));
  await expect(hive.send('scout', 'coder', [one, two])).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining('"notes.txt"') as string,
  });
  const message = await hive.send('scout', 'coder', [one, { ...two, name: 'Notes.txt' }]);
  expect(await read('coder', message, 'Notes.txt')).toBe('two');
});

test.each([
  '',
  '.',
  '..',
  '../x',
  'a/b',
  '/etc/passwd',
  'a\\b',
  'a\0b',
  'a\nb',
  '\ud800',
  'ä'.repeat(128),
  'a'.repeat(129),
])('%j is not an allowed file name', (name) => {
  expect(agentMail.upload.input.safeParse({ name, data: '' }).success).toBe(false);
});

test.each(['notes.txt', '.bashrc', '-rf', '...', 'a b', 'ünïcödé 文件.md', '%2e%2e%2f', '🐝.png'])(
  '%j is a valid file name',
  (name) => {
    expect(agentMail.upload.input.safeParse({ name, data: '' }).success).toBe(true);
  },
);

test.each(['a', '====', 'YQ', 'ab==c', 'Y=Q=', 'YQ==\n', ' YQ==', '****', 'YWJj\u0000'])(
  '%j is invalid base64',
  (data) => {
    expect(agentMail.upload.input.safeParse({ name: 'x', data }).success).toBe(false);
  },
);
