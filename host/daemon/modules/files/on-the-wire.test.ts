import { request } from 'node:http';
import { join } from 'node:path';
import { openLog } from '../../../../system/log.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_FILE_BYTES } from '../../../../protocol/schemas/message.ts';
import { agentMail } from '../../../../protocol/operations/agent-mail.ts';
import { connectSurface, type SurfaceClient } from '../../../../wire/client.ts';
import { listenUnix } from '../../../../system/socket/listen-unix.ts';
import { serveSurface } from '../../../../wire/routes.ts';
import { createApp } from '../../surfaces/listen.ts';
import { openTestFiles, type TestFiles } from '../../testing/open-test-files.ts';

const surface = { upload: agentMail.upload, download: agentMail.download } as const;
/** The body limit of agents' sockets for all other operations. */
const BODY_LIMIT = 2 * 1024 * 1024;

let hive: TestFiles;
let app: ReturnType<typeof createApp>;
let socket: string;
let client: SurfaceClient<typeof surface>;
beforeEach(async () => {
  hive = await openTestFiles({ maxBytes: MAX_FILE_BYTES });
  socket = join(hive.blobDir, '..', 's.sock');
  app = createApp(openLog({ level: 'silent', output: process.stderr }), BODY_LIMIT);
  serveSurface(app, surface, {
    callerOf: () => 'scout',
    handlers: {
      upload: (input, { caller }) => hive.files.upload(caller, input),
      download: (input, { caller }) => hive.files.download(caller, input),
    },
  });
  await listenUnix(app, socket, { mode: 0o600 });
  client = connectSurface(surface, socket);
});
afterEach(async () => {
  await client.close();
  await app.close();
  await hive.close();
});

test.each([
  'notes.txt',
  'a b?c#d&e=f.txt',
  '%2e%2e%2fpasswd',
  '...',
  'ünïcödé 🐝.md',
  'a'.repeat(128),
  '文'.repeat(85),
])('%s is sent and received unchanged', async (name) => {
  const data = Buffer.from('words').toString('base64');
  const kept = await client.call('upload', { name, data });
  const message = await hive.send('scout', 'coder', [kept]);
  expect(await client.call('download', { message, name })).toEqual({ name, hash: kept.hash, data });
});

test('the largest file is accepted, a larger one gets one clear error', async () => {
  const data = Buffer.alloc(MAX_FILE_BYTES, 7).toString('base64');
  const kept = await client.call('upload', { name: 'large', data });
  const message = await hive.send('scout', 'coder', [kept]);
  const back = await client.call('download', { message, name: 'large' });
  // Not `toEqual`: its diff of such strings is unreadable.
  expect(back.data === data).toBe(true);
  const over = Buffer.alloc(MAX_FILE_BYTES + 1).toString('base64');
  await expect(client.call('upload', { name: 'over', data: over })).rejects.toMatchObject({
    code: 'attachment_too_large',
    message: expect.stringContaining('/shared') as string,
  });
});

/** The response to a raw path, which our own client would never send. */
function getRaw(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socket, path }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

// Vulnerability: a name in a path is decoded, and might then lead out of the store. Scenario: paths with encoded and
// doubly encoded parent steps, separators, NULs and broken encodings. Verified: each is refused as input or is no
// known attachment; no answer contains bytes of a file.
test.each([
  '/messages/1/files/..',
  '/messages/1/files/%2e%2e',
  '/messages/1/files/..%2f..%2fhive.db',
  '/messages/1/files/%2fetc%2fpasswd',
  '/messages/1/files/%00',
  '/messages/1/files/%ff',
  '/messages/1/files/%252e%252e%252fhive.db',
  `/messages/1/files/${'a'.repeat(200)}`,
  '/messages/1/files/',
  '/messages/-1/files/notes.txt',
  '/messages/1e3/files/notes.txt',
])('%s returns no file', async (path) => {
  await hive.send('scout', 'coder', [await client.call('upload', { name: 'notes.txt', data: '' })]);
  const answer = JSON.parse(await getRaw(path)) as { error: { code: string } };
  expect(['invalid_input', 'unknown_attachment', 'not_found']).toContain(answer.error.code);
});
