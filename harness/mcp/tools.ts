import { z } from 'zod';
import type { Op } from '../../protocol/op.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';

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

/** Every tool, made from the operations' declarations. */
export function listTools(): ToolListing[] {
  return toolOps.map(([, op]) => ({
    name: op.tool?.name ?? op.name,
    description: op.tool?.description ?? op.summary,
    inputSchema: slim(z.toJSONSchema(op.input, { io: 'input', unrepresentable: 'any' })) as ToolListing['inputSchema'],
  }));
}

const NOISE = new Set(['$schema', 'additionalProperties', 'pattern', 'format', 'minLength', 'default']);

/**
 * Drops what costs tokens and tells a model nothing: hived checks every input anyway and says in words
 * what does not fit. A choice of kinds of strings is a string.
 */
function slim(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(slim);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { anyOf, ...rest } = schema as Record<string, unknown>;
  if (Array.isArray(anyOf)) {
    const kinds = new Set(anyOf.map((choice: { type?: string }) => choice.type));
    const type = kinds.has('integer') || kinds.has('number') ? 'integer' : 'string';
    return { ...(slim(rest) as object), type };
  }
  const entries = Object.entries(rest).filter(
    ([key, value]) => !NOISE.has(key) && value !== Number.MAX_SAFE_INTEGER && !isImplied(key, value),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, slim(value)]));
}

function isImplied(key: string, value: unknown): boolean {
  return key === 'exclusiveMinimum' && value === 0;
}
