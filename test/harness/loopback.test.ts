import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { createConnection } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listTools as toolsOfHive } from '../../protocol/told/list-tools.ts';
import { MAX_FILE_BYTES } from '../../protocol/schemas/message.ts';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

let bed: HarnessBed;

beforeEach(async () => {
  bed = await openHarnessBed(join(import.meta.dirname, '../../harness/fixtures/hangs'));
  await bed.start();
});
afterEach(async () => {
  await bed.close();
});

/**
 * Vulnerability: the MCP server listens on the box's loopback, where every program in the box can connect, and a page
 * in a browser there by DNS rebinding. Scenario: requests without the secret, with a wrong one, with a foreign Host or
 * Origin. Verified: each is refused with 403 before its body is read; the right one is served.
 */
describe('access to the MCP server', () => {
  const listTools = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

  async function knock(headers: Record<string, string>, options: { method?: string; body?: string } = {}) {
    const { url } = await bed.mcp();
    const { port } = new URL(url);
    const { method = 'POST', body = listTools } = options;
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path: '/mcp', method, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      sent.once('error', reject);
      sent.end(method === 'GET' ? undefined : body);
    });
  }

  const right = async () => {
    const { url, secret } = await bed.mcp();
    return { host: new URL(url).host, authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  };

  test('is refused without the secret, with a wrong one, and with a foreign Host or Origin', async () => {
    const good = await right();
    const { authorization: _, ...nobody } = good;
    const cases = [
      [nobody, 'forbidden'],
      [{ ...good, authorization: 'Bearer x' }, 'forbidden'],
      [{ ...good, authorization: `${good.authorization}x` }, 'forbidden'],
      [{ ...good, host: 'evil.example' }, 'wrong_host'],
      [{ ...good, host: '127.0.0.1' }, 'wrong_host'],
      [{ ...good, origin: 'https://evil.example' }, 'wrong_origin'],
      [{ ...good, origin: 'null' }, 'wrong_origin'],
    ] as const;
    for (const [headers, code] of cases) {
      const answer = await knock(headers);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([403, { error: { code } }]);
    }
  });

  test('is granted with the right secret; malformed requests get an error message', async () => {
    const good = await right();
    expect((await knock(good)).status).toBe(200);
    expect((await knock({ ...good, host: good.host.replace('127.0.0.1', 'localhost') })).status).toBe(200);
    expect((await knock(good, { method: 'GET' })).status).toBe(405);
    expect((await knock(good, { body: '{"half":' })).status).toBe(400);
    expect((await knock(good, { body: 'x'.repeat(2 * 1024 * 1024) })).status).toBe(413);
  });

  test('serves an ordinary MCP client; two with the same request ids do not mix', async () => {
    const { url, secret } = await bed.mcp();
    const open = async () => {
      const client = new Client({ name: 'test', version: '1' });
      const requestInit = { headers: { Authorization: `Bearer ${secret}` } };
      await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }) as never);
      return client;
    };
    const [a, b] = await Promise.all([open(), open()]);
    const { tools } = await a.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(toolsOfHive({ isMember: false }).map((tool) => tool.name));
    const answers = await Promise.all([
      a.callTool({ name: 'remind', arguments: { body: 'x', in_seconds: 1 } }),
      b.callTool({ name: 'remind', arguments: { body: 'xxx', in_seconds: 1 } }),
    ]);
    expect(answers.map((answer) => JSON.stringify(answer.content))).toEqual([
      expect.stringContaining('id\\":1,'),
      expect.stringContaining('id\\":3,'),
    ]);
    await Promise.all([a.close(), b.close()]);
  });

  test('a file is sent with a message and received from another, at the largest allowed size', async () => {
    const { url, secret } = await bed.mcp();
    const client = new Client({ name: 'test', version: '1' });
    const requestInit = { headers: { Authorization: `Bearer ${secret}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }) as never);
    const call = async (name: string, args: Record<string, unknown>) => {
      const answer = await client.callTool({ name, arguments: args });
      return (answer.content as { text: string }[])[0]?.text ?? '';
    };
    const bytes = randomBytes(MAX_FILE_BYTES);
    await writeFile(join(bed.home, 'state/blob.bin'), bytes);
    expect(await call('send', { to: 'manager', body: 'see', files: ['blob.bin'] })).toMatch(
      /^\{"id":\d+,"thread":\d+\}$/,
    );
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(bed.hived.sent).toMatchObject([{ to: 'manager', attachments: [{ name: 'blob.bin', hash }] }]);
    const path = join(bed.home, 'state/downloads/12/blob.bin');
    expect(await call('download', { message: 12, name: 'blob.bin' })).toBe(path);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(await call('download', { message: 12, name: 'other' })).toMatch(/^unknown_attachment: /);
    expect(await call('send', { to: 'manager', body: 'see', files: ['gone'] })).toMatch(
      /^not_found: .*gone cannot be read/,
    );
    expect(await call('remind', { body: 'x', in_seconds: 9, file: 'blob.bin' })).toContain('"due"');
    await client.close();
  });

  test('a send while hived is absent is stored once when it is back', async () => {
    const { url, secret } = await bed.mcp();
    const client = new Client({ name: 'test', version: '1' });
    const requestInit = { headers: { Authorization: `Bearer ${secret}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }) as never);
    bed.hived.refusals.send = ['storage_unavailable', 'internal'];
    await bed.hived.stop();
    await waitFor(() => bed.log().includes('trying for ever'), 'hived is missed');
    // The harness tries a call for ten seconds: hived is back as soon as some attempts were in vain.
    const attempts = await refuseConnections(join(bed.home, 'run/hived/agent.sock'));
    const sending = client.callTool({ name: 'send', arguments: { to: 'manager', body: 'hi', in_reply_to: null } });
    await attempts.refused(3);
    await attempts.end();
    await bed.hived.start();
    expect(await sending).toMatchObject({ isError: false });
    expect(bed.hived.sent).toHaveLength(1);
    const refused = await client.callTool({ name: 'send', arguments: { to: 'No One', body: 'hi' } });
    expect(refused).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('invalid_input: to:') }],
    });
    await client.close();
  });
});

/** Something that listens where hived does and closes each connection at once. */
async function refuseConnections(path: string) {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.destroy();
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    refused: (times: number) => waitFor(() => count >= times, `${times} connections to be refused`),
    end: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('a relay', () => {
  let echo: Server;

  /** Reads everything until the client's end, then answers with its digest and ends: needs half-closing. */
  async function serveDigest(): Promise<void> {
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      const hash = createHash('sha256');
      socket.on('data', (chunk: Buffer) => hash.update(chunk));
      socket.on('end', () => socket.end(hash.digest('hex')));
      socket.on('error', () => undefined);
    });
    echo.listen(join(bed.home, 'run/forge/agent.sock'));
    await once(echo, 'listening');
  }

  function exchange(bytes: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ port: bed.forgePort(), host: '127.0.0.1', allowHalfOpen: true });
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
      socket.end(bytes);
    });
  }

  test('carries every byte both ways and closes each direction on its own', async () => {
    await serveDigest();
    const blobs = Array.from({ length: 4 }, () => randomBytes(8 * 1024 * 1024));
    const answers = await Promise.all(blobs.map(exchange));
    expect(answers).toEqual(blobs.map((blob) => createHash('sha256').update(blob).digest('hex')));
    echo.close();
  });

  test('answers 503 while no service listens behind it, and works as soon as one does', async () => {
    const ask = Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(await exchange(ask)).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1[\s\S]*service_unavailable/);
    await serveDigest();
    expect(await exchange(ask)).toBe(createHash('sha256').update(ask).digest('hex'));
    echo.close();
  });
});
