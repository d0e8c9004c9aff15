import * as z from 'zod';
import { errorRow } from '../protocol/errors.ts';
import type { Op, Surface } from '../protocol/op.ts';

/** An OpenAPI 3.1 document of one surface, generated from its declarations. */
export function describeSurface(
  surface: Surface,
  info: { title: string; version: string; description: string },
): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const op of Object.values(surface)) {
    const path = op.path.replaceAll(/:([a-zA-Z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [op.method.toLowerCase()]: describeOp(op) };
  }
  return { openapi: '3.1.0', info, paths, components: { schemas: { Error: ERROR_SCHEMA } } };
}

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { type: 'string' }, message: { type: 'string' }, details: { type: 'object' } },
    },
  },
};

function describeOp(op: Op): object {
  const input = z.toJSONSchema(op.input, { io: 'input', unrepresentable: 'any' }) as JsonObject;
  const inPath = new Set([...op.path.matchAll(/:([a-zA-Z]+)/g)].map((match) => match[1] ?? ''));
  const properties = Object.entries(input.properties ?? {});
  const parameters = properties
    .filter(([name]) => inPath.has(name) || op.method === 'GET')
    .map(([name, schema]) => ({
      name,
      in: inPath.has(name) ? 'path' : 'query',
      required: inPath.has(name) || (input.required ?? []).includes(name),
      schema,
    }));
  const body = Object.fromEntries(properties.filter(([name]) => !inPath.has(name)));
  const hasBody = op.method !== 'GET' && Object.keys(body).length > 0;
  const output = z.toJSONSchema(op.output, { io: 'output', unrepresentable: 'any' });
  const answer = op.stream === true ? 'text/event-stream' : 'application/json';
  return {
    operationId: op.name,
    summary: op.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasBody
      ? {
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: body,
                  required: (input.required ?? []).filter((name) => name in body),
                  additionalProperties: false,
                },
              },
            },
          },
        }
      : {}),
    responses: {
      200: {
        description: op.stream === true ? 'Events, one after another.' : 'Done.',
        content: { [answer]: { schema: output } },
      },
      ...describeErrors(op),
    },
    ...(op.tool === undefined ? {} : { 'x-mcp-tool': op.tool }),
  };
}

interface JsonObject {
  properties?: Record<string, object>;
  required?: string[];
}

/** The codes an operation declares, grouped by status as OpenAPI requires. */
function describeErrors(op: Op): Record<string, object> {
  const byStatus = new Map<number, string[]>();
  for (const code of ['invalid_input' as const, ...op.errors]) {
    const { status } = errorRow(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.join(', '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
}
