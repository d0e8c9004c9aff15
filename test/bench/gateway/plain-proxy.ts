import { createServer } from 'node:http';
import { Agent } from 'undici';

/**
 * The least that a proxy in Node does: it forwards every request with its headers, and the answer, and looks at neither.
 * What it takes no gateway in Node can save. Arguments: the socket to listen on, the provider's port. Prints a line when
 * it listens.
 */
const [socketPath = '', port = ''] = process.argv.slice(2);
const provider = new Agent({ pipelining: 1 });

const server = createServer((request, response) => {
  const { host: _host, connection: _connection, 'transfer-encoding': _coding, ...headers } = request.headers;
  const asked = {
    origin: `http://127.0.0.1:${port}`,
    path: request.url ?? '/',
    method: request.method as 'POST',
    headers: headers as Record<string, string>,
    body: request,
  };
  const forward = async () => {
    const answer = await provider.request(asked);
    response.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type']) });
    answer.body.pipe(response);
  };
  forward().catch(() => response.destroy());
});
server.listen(socketPath, () => process.stdout.write('ready\n'));
