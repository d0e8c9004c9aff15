import { execFile, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Git's own HTTP server for the repositories in `dir`, first `/project.git`; as a request listener. It asks for the password,
 * unless that is null.
 */
export async function openGitHost(password: string | null) {
  const dir = await mkdtemp(join(tmpdir(), 'hv-git-'));
  const bare = join(dir, 'project.git');
  const work = join(dir, 'work');
  const git = (...args: string[]) => run('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
  await git('init', '-q', '--bare', '-b', 'main', bare);
  await git('init', '-q', '-b', 'main', work);
  await git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'the first commit');
  await git('-C', work, 'push', '-q', bare, 'main');
  const expected = `Basic ${Buffer.from(`x-access-token:${password}`).toString('base64')}`;
  const refused: string[] = [];
  /** Requests that it heard. */
  const heard: string[] = [];
  const state = {
    /** Answers to requests with a body wait for it, after so many of them. */
    hold: null as Promise<void> | null,
    holdAfter: 0,
    /** Where every request is sent instead; null: nowhere else. */
    redirect: null as string | null,
  };

  const host = {
    dir,
    bare,
    git: async (...args: string[]) => (await git(...args)).stdout.trim(),
    heard,
    state,
    /** Requests without the password. */
    refused,
    listener(request: IncomingMessage, response: ServerResponse): void {
      heard.push(`${request.method} ${request.url}`);
      if (request.method !== 'POST' || state.hold === null || (state.holdAfter -= 1) >= 0)
        return host.serve(request, response);
      request.pause();
      void state.hold.then(() => host.serve(request, response));
    },
    serve(request: IncomingMessage, response: ServerResponse): void {
      const { method = '', url = '', headers } = request;
      if (state.redirect !== null) return void response.writeHead(302, { location: `${state.redirect}${url}` }).end();
      if (password !== null && headers.authorization !== expected) {
        refused.push(`${method} ${url}`);
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?');
        return;
      }
      const [path = '', query = ''] = url.split('?');
      const backend = spawn('git', ['http-backend'], {
        env: {
          PATH: process.env['PATH'],
          GIT_PROJECT_ROOT: dir,
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: path,
          QUERY_STRING: query,
          REQUEST_METHOD: method,
          CONTENT_TYPE: headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
          GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
          REMOTE_USER: 'box',
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'safe.directory',
          GIT_CONFIG_VALUE_0: '*',
        },
      });
      request.pipe(backend.stdin);
      const chunks: Buffer[] = [];
      backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      backend.once('close', () => {
        const all = Buffer.concat(chunks);
        const end = all.indexOf('\r\n\r\n');
        const lines = all.subarray(0, end).toString('latin1').split('\r\n');
        const found = new Map(lines.map((line) => line.split(/: (.*)/, 2) as [string, string]));
        const status = Number((found.get('Status') ?? '200').slice(0, 3));
        found.delete('Status');
        response.writeHead(status, Object.fromEntries(found)).end(all.subarray(end + 4));
      });
    },
    close: () => rm(dir, { recursive: true, force: true }),
  };
  return host;
}
