/**
 * The shape of a value, as much of a schema as tells one kind of answer from another: which fields there are and what each is.
 * Bounds and patterns are left out, and fields beyond those named are let through: the page of an older build goes on after an upgrade.
 */
export type Shape =
  | { readonly is: 'any' | 'null' | 'string' | 'number' | 'boolean' }
  | { readonly is: 'one'; readonly of: readonly unknown[] }
  | { readonly is: 'list'; readonly of: Shape }
  | { readonly is: 'record'; readonly of: Shape }
  | { readonly is: 'either'; readonly of: readonly Shape[] }
  | { readonly is: 'object'; readonly fields: Readonly<Record<string, Shape>>; readonly optional: readonly string[] };

/** The place of the first part of a value that is not of the shape, as `agents.0.state` ("" for the value itself); null when it fits. */
export function findMisfit(shape: Shape, value: unknown, at = ''): string | null {
  switch (shape.is) {
    case 'any':
      return null;
    case 'null':
      return value === null ? null : at;
    case 'one':
      return shape.of.includes(value) ? null : at;
    case 'list':
      if (!Array.isArray(value)) return at;
      return firstMisfit(value.entries(), () => shape.of, at);
    case 'record':
      return isObject(value) ? firstMisfit(Object.entries(value), () => shape.of, at) : at;
    case 'either':
      return shape.of.some((one) => findMisfit(one, value, at) === null) ? null : at;
    case 'object': {
      if (!isObject(value)) return at;
      const wanted = Object.keys(shape.fields).filter(
        (key) => value[key] !== undefined || !shape.optional.includes(key),
      );
      return firstMisfit(
        wanted.map((key) => [key, value[key]] as const),
        (key) => shape.fields[key] as Shape,
        at,
      );
    }
    default:
      return typeof value === shape.is ? null : at;
  }
}

function firstMisfit<K extends string | number>(
  parts: Iterable<readonly [K, unknown]>,
  shapeOf: (key: K) => Shape,
  at: string,
): string | null {
  for (const [key, part] of parts) {
    const misfit = findMisfit(shapeOf(key), part, at === '' ? `${key}` : `${at}.${key}`);
    if (misfit !== null) return misfit;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
