/** A JSON schema. */
export type Schema = Record<string, unknown>;

/** The parts of an input schema that a model needs: hived checks the rest anyway and reports errors as sentences. */
const KEPT = new Set(['description', 'required', 'enum', 'const']);

/** Drops parts that cost tokens and do not help a model. Properties are kept whatever their names are. */
export function slimSchema(schema: Schema): Schema {
  const { anyOf, allOf, properties, items, type, ...rest } = schema;
  const kept = {
    ...(type === undefined ? {} : { type: withoutNull(type) }),
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => KEPT.has(key))),
  };
  if (isSchemas(allOf)) return slimSchema({ ...kept, ...Object.assign({}, ...allOf) });
  if (isSchemas(anyOf)) return { ...kept, ...joinChoices(anyOf.map(slimSchema)) };
  const parts: Schema = {};
  if (isSchema(properties))
    parts['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, isSchema(value) ? slimSchema(value) : {}]),
    );
  if (isSchema(items)) parts['items'] = slimSchema(items);
  return { ...kept, ...parts };
}

/**
 * One schema for several: fixed values stay a list, a number that may be written as a string is a number, and kinds
 * of strings are a string. A union that contains objects or lists has no short form: it becomes an empty schema.
 */
function joinChoices(choices: readonly Schema[]): Schema {
  const real = choices.filter((choice) => choice['type'] !== 'null');
  const words = real.map(wordsOf);
  if (words.every((some) => some !== null)) return { type: 'string', enum: words.flat() };
  const types = new Set(real.map((choice) => choice['type']));
  if (types.has('integer')) return { type: 'integer' };
  if (types.has('number')) return { type: 'number' };
  return types.size === 1 && types.has('string') ? { type: 'string' } : {};
}

/** A nullable field may as well be left out: nulls are dropped from every call. */
function withoutNull(type: unknown): unknown {
  if (!Array.isArray(type)) return type;
  const others = type.filter((kind) => kind !== 'null');
  return others.length === 1 ? others[0] : others;
}

function wordsOf(choice: Schema): string[] | null {
  if (typeof choice['const'] === 'string') return [choice['const']];
  return Array.isArray(choice['enum']) ? (choice['enum'] as string[]) : null;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchemas(value: unknown): value is Schema[] {
  return Array.isArray(value) && value.every(isSchema);
}
