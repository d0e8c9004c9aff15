/**
 * The shape of a value: the part of a schema that tells apart different kinds of responses, that is fields and their types.
 * Bounds and patterns are left out and unknown fields are accepted, so that a page of an older build keeps working after an upgrade.
 */
export type Shape =
  | { readonly is: 'any' | 'null' | 'string' | 'number' | 'boolean' }
  | { readonly is: 'one'; readonly of: readonly unknown[] }
  | { readonly is: 'list'; readonly of: Shape }
  | { readonly is: 'record'; readonly of: Shape }
  | { readonly is: 'either'; readonly of: readonly Shape[] }
  | { readonly is: 'object'; readonly fields: Readonly<Record<string, Shape>>; readonly optional: readonly string[] };

/** The path of the first part of a value that does not match the shape, as `agents.0.state` ("" for the value itself); null when all match. */
export function findMismatch(shape: Shape, value: unknown, at = ''): string | null {
  switch (shape.is) {
    case 'any':
      return null;
    case 'null':
      return value === null ? null : at;
    case 'one':
      return shape.of.includes(value) ? null : at;
    case 'list':
      if (!Array.isArray(value)) return at;
      return firstMismatch(value.entries(), () => shape.of, at);
    case 'record':
      return isObject(value) ? firstMismatch(Object.entries(value), () => shape.of, at) : at;
    case 'either':
      return shape.of.some((one) => findMismatch(one, value, at) === null) ? null : at;
    case 'object': {
      if (!isObject(value)) return at;
      const wanted = Object.keys(shape.fields).filter(
        (key) => value[key] !== undefined || !shape.optional.includes(key),
      );
      return firstMismatch(
        wanted.map((key) => [key, value[key]] as const),
        (key) => shape.fields[key] as Shape,
        at,
      );
    }
    default:
      return typeof value === shape.is ? null : at;
  }
}

function firstMismatch<K extends string | number>(
  parts: Iterable<readonly [K, unknown]>,
  shapeOf: (key: K) => Shape,
  at: string,
): string | null {
  for (const [key, part] of parts) {
    const mismatch = findMismatch(shapeOf(key), part, at === '' ? `${key}` : `${at}.${key}`);
    if (mismatch !== null) return mismatch;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
