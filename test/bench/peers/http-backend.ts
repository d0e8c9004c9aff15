import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { handToServer, runAsServer, startServer } from './peer.ts';

/** Debian's path of git's own server program. */
const HTTP_BACKEND = '/usr/lib/git-core/git-http-backend';

/** git's own server over HTTP, for one directory of repositories. */
export interface HttpBackend {
  readonly socketPath: string;
  /** Makes an empty repository, with the settings of receiving that matter for the time as the forge has them. */
  create(name: string): Promise<void>;
  close(): Promise<void>;
}

/** `git http-backend` run by fcgiwrap behind nginx on a Unix socket; null when one of them is not installed. */
export async function startHttpBackend(dir: string, say: (line: string) => void): Promise<HttpBackend | null> {
  const [nginx, fcgiwrap] = [findProgram('nginx', say), findProgram('fcgiwrap', say)];
  if (nginx === null || fcgiwrap === null) return null;
  const repositories = join(dir, 'repositories');
  await mkdir(repositories, { recursive: true });
  await handToServer(dir);
  await handToServer(repositories);
  const socket = join(dir, 'fcgi.sock');
  const socketPath = join(dir, 'nginx.sock');
  const config = join(dir, 'nginx.conf');
  await writeFile(config, describe({ dir, socketPath, socket, repositories }));
  const wrapper = await startServer({
    program: fcgiwrap,
    args: ['-c', '16', '-s', `unix:${socket}`],
    cwd: dir,
    isReady: async () => existsSync(socket),
  });
  const server = await startServer({
    program: nginx,
    args: ['-p', dir, '-e', join(dir, 'error.log'), '-c', config],
    cwd: dir,
    isReady: async () => existsSync(socketPath),
  });
  const git = (...args: string[]) => runAsServer('/usr/bin/git', { args, cwd: dir });
  return {
    socketPath,
    async create(name) {
      const path = join(repositories, name);
      await git('init', '-q', '--bare', '-b', 'main', path);
      const settings = { 'http.receivepack': 'true', 'receive.fsckObjects': 'true', 'receive.unpackLimit': '1' };
      for (const [key, value] of Object.entries({ ...settings, 'receive.autogc': 'false', 'core.fsync': 'committed' }))
        await git('-C', path, 'config', key, value);
    },
    async close() {
      await server.close();
      await wrapper.close();
    },
  };
}

/** Nothing is buffered on either way, which is the fastest that it can. */
function describe(of: { dir: string; socketPath: string; socket: string; repositories: string }): string {
  const { dir, socketPath, socket, repositories } = of;
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`);
  return `daemon off; master_process off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 256; }
http {
  access_log off; ${paths.join(' ')}
  client_max_body_size 0;
  server {
    listen unix:${socketPath};
    location / {
      fastcgi_pass unix:${socket};
      fastcgi_buffering off; fastcgi_request_buffering off; fastcgi_read_timeout 600; fastcgi_send_timeout 600;
      fastcgi_param SCRIPT_FILENAME ${HTTP_BACKEND};
      fastcgi_param GIT_PROJECT_ROOT ${repositories};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
    }
  }
}
`;
}
