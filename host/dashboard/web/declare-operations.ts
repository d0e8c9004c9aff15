import * as z from 'zod';
import type { Op } from '../../../protocol/op.ts';
import { browserOperations } from '../browser-operations.ts';
import type { Shape } from './data/shape.ts';

/** The page's declaration of an operation: method, path and the shape of its response. */
export interface PageOperation {
  readonly method: Op['method'];
  readonly path: string;
  readonly output: Shape;
}

/**
 * Derives the page's operations from the declarations at build time. Importing the declarations would pull in zod:
 * 104 KB compressed on top of the page's 226 KB, where these are 4 KB.
 */
export function deriveOperations(): Record<string, PageOperation> {
  return Object.fromEntries(
    Object.entries<Op>(browserOperations).map(([name, { method, path, output }]) => [
      name,
      { method, path, output: toShape(z.toJSONSchema(output, { io: 'output', unrepresentable: 'any' }), name) },
    ]),
  );
}

const ID = 'virtual:operations';

/** Vite's plugin for `import { OPERATIONS } from 'virtual:operations'`. */
export function declareOperations() {
  return {
    name: 'declare-operations',
    resolveId: (id: string) => (id === ID ? `\0${ID}` : null),
    load: (id: string) =>
      id === `\0${ID}`
        ? `export const OPERATIONS = JSON.parse(${JSON.stringify(JSON.stringify(deriveOperations()))});`
        : null,
  };
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Throws for a schema that cannot be converted, so that no response goes unchecked. */
function toShape(schema: JsonSchema | boolean, where: string): Shape {
  if (typeof schema === 'boolean') return { is: 'any' };
  const inner = (part: unknown, step: string) => toShape(part as JsonSchema, `${where}.${step}`);
  if (schema.const !== undefined) return { is: 'one', of: [schema.const] };
  if (schema.enum !== undefined) return { is: 'one', of: schema.enum };
  if (Array.isArray(schema.type))
    return { is: 'either', of: schema.type.map((type) => inner({ ...schema, type }, type)) };
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return { is: 'either', of: options.map((option, index) => inner(option, `${index}`)) };
  switch (schema.type) {
    case 'null':
    case 'string':
    case 'number':
    case 'boolean':
      return { is: schema.type };
    case 'integer':
      return { is: 'number' };
    case 'array':
      return { is: 'list', of: inner(schema.items ?? true, 'items') };
    case 'object': {
      if (schema.properties === undefined) return { is: 'record', of: inner(schema.additionalProperties ?? true, '*') };
      const names = Object.keys(schema.properties);
      return {
        is: 'object',
        fields: Object.fromEntries(names.map((name) => [name, inner(schema.properties?.[name] ?? true, name)])),
        optional: names.filter((name) => schema.required?.includes(name) !== true),
      };
    }
    case undefined:
      if (Object.keys(schema).every((key) => key === '$schema' || key === 'description' || key === 'default'))
        return { is: 'any' };
  }
  throw new Error(`${where} has no shape that the page can check: ${JSON.stringify(schema)}`);
}
