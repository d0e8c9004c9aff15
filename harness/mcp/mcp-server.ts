import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  JSONRPCMessageSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { HIVE_SERVER } from '../../protocol/hive-server.ts';
import { whyRefused } from './admit.ts';
import { type ToolParts, callTool } from './call-tool.ts';
import { type PostTransport, createPostTransport } from './post-transport.ts';
import { listTools } from '../../protocol/told/list-tools.ts';

/** The agent's tools, on the box's loopback. */
export interface McpServer {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = 1024 * 1024;
const MOST_CONNECTIONS = 512;

/**
 * Serves the agent's operations as MCP tools (streamable HTTP, stateless) on 127.0.0.1. Every request must carry this
 * boot's secret as a bearer token and the right Host; port 0 means any free one. `isMember`: whether the agent works in a
 * project.
 */
export async function openMcpServer(
  tools: ToolParts,
  options: { port: number; secret: string; version: string; isMember: () => boolean },
): Promise<McpServer> {
  const transport = createPostTransport();
  const mcp = createProtocolServer(tools, options);
  await mcp.connect(transport);
  let port = options.port;
  const http = createServer((request, response) => {
    const refusal = whyRefused(
      { host: request.headers.host, origin: request.headers.origin, authorization: request.headers.authorization },
      { port, secret: options.secret },
    );
    if (refusal !== null) answer(response, 403, { error: refusal });
    else if (request.method !== 'POST')
      answer(response, 405, { error: { code: 'method_not_allowed', message: 'Only POST.' } });
    else void exchange(transport, request, response);
  });
  // Leaked connections must not use up the harness's descriptors; idle connections time out.
  http.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port, '127.0.0.1', resolve);
  });
  port = (http.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      await mcp.close();
      await new Promise((resolve) => {
        http.close(resolve);
        http.closeAllConnections();
      });
    },
  };
}

function createProtocolServer(
  tools: ToolParts,
  { version, isMember }: { version: string; isMember: () => boolean },
): Server {
  const server = new Server({ name: HIVE_SERVER, version }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listTools({ isMember: isMember() }) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const { text, isError } = await callTool(params.name, params.arguments ?? {}, tools);
    return { content: [{ type: 'text', text }], isError };
  });
  return server;
}

async function exchange(transport: PostTransport, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request).catch(() => null);
  if (body === null)
    return answer(response, 413, {
      error: { code: 'payload_too_large', message: 'The request is larger than allowed.' },
    });
  const message = parseMessage(body);
  if (message === null)
    return answer(response, 400, {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32_700, message: 'This is no JSON-RPC message.' },
    });
  const result = await transport.deliver(message);
  return result === null ? void response.writeHead(202).end() : answer(response, 200, result);
}

function parseMessage(body: string) {
  try {
    return JSONRPCMessageSchema.parse(JSON.parse(body));
  } catch {
    return null;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_REQUEST_BYTES) throw new Error('too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}
