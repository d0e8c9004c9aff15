import { z } from 'zod';
import type { Op } from '../../protocol/op.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { FILE_FIELDS } from './attach-files.ts';
import { type Schema, slimSchema } from './slim-schema.ts';

/** A tool as MCP lists it. */
export interface ToolListing {
  name: string;
  description: string;
  inputSchema: { type: 'object'; [key: string]: unknown };
}

const toolOps: [string, Op][] = Object.entries<Op>(agentSurface).filter(([, op]) => op.tool !== undefined);

/** The operation's name behind a tool's name, or null. */
export function findTool(toolName: string): keyof typeof agentSurface | null {
  const found = toolOps.find(([, op]) => op.tool?.name === toolName);
  return found === undefined ? null : (found[0] as keyof typeof agentSurface);
}

/** What a tool's arguments may be: as it is listed, and which fields are taken beside those. */
export function shapeOf(toolName: string): { schema: Schema; more: readonly string[] } {
  const found = toolOps.find(([, op]) => op.tool?.name === toolName);
  if (found === undefined) return { schema: {}, more: [] };
  const [name, op] = found;
  const declared = schemaOf(op);
  return { schema: withFiles(name, declared), more: Object.keys((declared['properties'] ?? {}) as Schema) };
}

function schemaOf(op: Op): Schema {
  return slimSchema(z.toJSONSchema(op.input, { io: 'input', unrepresentable: 'any' }));
}

/** Every tool, made from the operations' declarations. */
export function listTools(): ToolListing[] {
  return toolOps.map(([name, op]) => ({
    name: op.tool?.name ?? op.name,
    description: op.tool?.description ?? op.summary,
    inputSchema: withFiles(name, schemaOf(op)) as ToolListing['inputSchema'],
  }));
}

/** A model names files by their paths; the harness uploads them, and hived gets what the operation declares. */
function withFiles(op: string, schema: Schema): Schema {
  const field = FILE_FIELDS[op];
  if (field === undefined) return schema;
  const { [field.declared]: _, ...properties } = schema['properties'] as Schema;
  return { ...schema, properties: { ...properties, [field.offered]: field.schema } };
}
