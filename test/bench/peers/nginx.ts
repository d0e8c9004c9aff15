import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { handToServer, startServer } from './peer.ts';
import { findProgram } from './find-program.ts';

/**
 * nginx as a reverse proxy of the provider on a Unix socket; null when it is not installed. A request that it keeps in a
 * file, as it does from 16 KB on by default, takes it 40 ms: it sends head and body apart, and the kernel delays the second.
 */
export async function startNginx(
  dir: string,
  { port, say }: { port: number; say: (line: string) => void },
): Promise<{ socketPath: string; pid: number; close: () => Promise<void> } | null> {
  const program = findProgram('nginx', say);
  if (program === null) return null;
  await mkdir(dir, { recursive: true });
  const socketPath = join(dir, 'nginx.sock');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`);
  await writeFile(
    join(dir, 'nginx.conf'),
    `daemon off; master_process off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 2048; }
http {
  access_log off; ${paths.join(' ')}
  client_body_buffer_size 1m;
  upstream provider { server 127.0.0.1:${port}; keepalive 256; }
  server {
    listen unix:${socketPath};
    location / { proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`,
  );
  await handToServer(dir);
  const { pid, close } = await startServer({
    program,
    args: ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')],
    cwd: dir,
    isReady: async () => existsSync(socketPath),
  });
  return { socketPath, pid, close };
}
