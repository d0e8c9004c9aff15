import * as z from 'zod';
import type { Op, Surface } from '../op.ts';
import { agentSurface } from '../operations/agent.ts';
import { forgeAgentSurface } from '../operations/repos.ts';
import { FILE_FIELDS } from './file-fields.ts';
import { type Schema, slimSchema } from './slim-schema.ts';

/** A tool as MCP lists it. */
export interface ToolListing {
  name: string;
  description: string;
  inputSchema: { type: 'object'; [key: string]: unknown };
}

/** Each server's operations for agents, under the name of its client in ToolParts. */
const SURFACES = { hive: agentSurface, forge: forgeAgentSurface } as const;
type Surfaces = typeof SURFACES;

/** An operation that is a tool, with its server. */
export type ToolOperation = {
  [S in keyof Surfaces]: { readonly server: S; readonly name: keyof Surfaces[S] & string; readonly op: Op };
}[keyof Surfaces];

const TOOLS = Object.entries<Surface>(SURFACES).flatMap(([server, surface]) =>
  Object.entries(surface)
    .filter(([, op]) => op.tool !== undefined)
    .map(([name, op]) => ({ server, name, op }) as ToolOperation),
);

/** The operation behind a tool's name, or null. */
export function findTool(toolName: string): ToolOperation | null {
  return TOOLS.find(({ op }) => op.tool?.name === toolName) ?? null;
}

/** The schema of all arguments that a tool takes, and the fields of its operation, which are accepted as well. */
export function shapeOf({ name, op }: ToolOperation): { schema: Schema; more: readonly string[] } {
  const declared = schemaOf(op);
  return { schema: withFiles(name, declared), more: Object.keys((declared['properties'] ?? {}) as Schema) };
}

function schemaOf(op: Op): Schema {
  return slimSchema(z.toJSONSchema(op.input, { io: 'input', unrepresentable: 'any' }));
}

/**
 * The tools of an agent, generated from the operations' declarations, hived's and the forge's. `isMember`: whether it
 * works in a project.
 */
export function listTools({ isMember }: { readonly isMember: boolean }): ToolListing[] {
  return TOOLS.filter(({ op }) => isMember || op.tool?.for === undefined).map(({ name, op }) => ({
    name: op.tool?.name ?? op.name,
    description: op.tool?.description ?? op.summary,
    inputSchema: withoutUnlisted(op, withFiles(name, schemaOf(op))) as ToolListing['inputSchema'],
  }));
}

/** A model names files by their paths; the harness uploads them, and hived gets the operation's declared input. */
function withFiles(op: string, schema: Schema): Schema {
  const field = FILE_FIELDS[op];
  if (field === undefined) return schema;
  const { [field.declared]: _, ...properties } = schema['properties'] as Schema;
  return { ...schema, properties: { ...properties, [field.offered]: field.schema } };
}

function withoutUnlisted(op: Op, schema: Schema): Schema {
  const unlisted = op.tool?.unlisted ?? [];
  const fields = Object.entries(schema['properties'] as Schema).filter(([field]) => !unlisted.includes(field));
  return { ...schema, properties: Object.fromEntries(fields) };
}
