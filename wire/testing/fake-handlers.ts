import * as z from 'zod';
import { HiveError } from '../../protocol/errors.ts';
import type { Op, Surface } from '../../protocol/op.ts';
import type { CallContext, Handlers } from '../operations.ts';

/**
 * Handlers of a whole surface for tests, generated from its declarations: an operation that the test does not handle
 * returns the emptiest output it declares (empty lists, null where allowed); a stream has no events. An operation
 * without such an output, such as one with a name or a hash, throws `not_implemented`; with `others: 'refuse'` every
 * other operation does.
 */
export function fakeHandlers<S extends Surface, Caller>(
  surface: S,
  given: Partial<Handlers<S, Caller>>,
  { others = 'answer' }: { others?: 'answer' | 'refuse' } = {},
): Handlers<S, Caller> {
  const made = Object.entries<Op>(surface).map(([name, op]) => [name, others === 'answer' ? answer(op) : refuse(op)]);
  return { ...Object.fromEntries(made), ...given } as Handlers<S, Caller>;
}

function answer(op: Op): (input: unknown, context: CallContext<unknown>) => unknown {
  if (op.stream === true)
    return async function* stayEmpty(_input, { signal }) {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      yield* [];
    };
  const example = op.output.safeParse(emptiestOf(z.toJSONSchema(op.output, { io: 'input', unrepresentable: 'any' })));
  return example.success ? () => structuredClone(example.data) : refuse(op);
}

function refuse({ name }: Op): () => never {
  return () => {
    throw new HiveError('not_implemented', `The test does not answer ${name}.`);
  };
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The emptiest value of a schema's shape; the caller checks it against the schema's bounds. */
function emptiestOf(schema: JsonSchema | boolean): unknown {
  if (typeof schema === 'boolean') return null;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const options = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (options !== undefined) return options.some(isNull) ? null : emptiestOf(options[0] ?? true);
  const type = Array.isArray(schema.type) ? (schema.type.includes('null') ? 'null' : schema.type[0]) : schema.type;
  switch (type) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return Math.max(
        0,
        schema.minimum ?? 0,
        typeof schema.exclusiveMinimum === 'number' ? schema.exclusiveMinimum + 1 : 0,
      );
    case 'array':
      return [];
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((key) => [key, emptiestOf((schema.properties?.[key] ?? true) as JsonSchema)]),
      );
    default:
      return null;
  }
}

function isNull({ type }: JsonSchema): boolean {
  return type === 'null' || (Array.isArray(type) && type.includes('null'));
}
