/**
 * Which schemas of tools the providers accept. Each refuses the whole request because of one schema that it does not
 * know, so one tool would silence every agent. The subset below is what both of them take without "strict".
 *
 * - OpenAI: names of 64 characters, [A-Za-z0-9_-]; `parameters` is an object with properties, without a union beside
 *   it; a list says what its items are; descriptions of 1,024 characters.
 * - Google (function declarations, a subset of OpenAPI 3.0): names begin with a letter or "_"; every schema says one
 *   type as a word, not a list of types with "null"; `enum` only for strings, none of them empty; no $ref, oneOf, allOf,
 *   const, additionalProperties, and no `anyOf` beside other keywords; `required` names properties only; a nested object
 *   has properties; formats of strings are "enum" and "date-time" alone.
 */
import { describe, expect, test } from 'vitest';
import { listTools } from './list-tools.ts';
import type { Schema } from './slim-schema.ts';

const KEYWORDS = new Set(['type', 'description', 'properties', 'required', 'items', 'enum']);
const TYPES = ['string', 'integer', 'number', 'boolean', 'array', 'object'];
/** What CLIs write before the name. */
const LONGEST_PREFIX = 'mcp__hive__';

/** What is wrong with a schema, by the path to it. */
function misfits(schema: Schema, path: string): string[] {
  const type = schema['type'];
  const say = (what: string) => `${path}: ${what}`;
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const words = (schema['enum'] ?? []) as unknown[];
  const required = (schema['required'] ?? []) as string[];
  const description = schema['description'];
  return [
    ...Object.keys(schema).flatMap((keyword) => (KEYWORDS.has(keyword) ? [] : [say(`has ${keyword}`)])),
    ...(TYPES.includes(String(type)) && typeof type === 'string' ? [] : [say('has no single type')]),
    ...(schema['enum'] === undefined || type === 'string' ? [] : [say('has an enum, but is no string')]),
    ...(words.every((word) => typeof word === 'string' && word !== '') ? [] : [say('has an empty word')]),
    ...(type !== 'array' || schema['items'] !== undefined ? [] : [say('has no items')]),
    ...(type === 'object' || schema['properties'] === undefined ? [] : [say('has properties, but is no object')]),
    ...required.flatMap((name) => (properties.some(([key]) => key === name) ? [] : [say(`requires ${name}`)])),
    ...(description === undefined || (typeof description === 'string' && description.length <= 1_024)
      ? []
      : [say('has an odd description')]),
    ...properties.flatMap(([name, value]) => [
      ...(/^[A-Za-z_]\w{0,63}$/.test(name) ? [] : [say(`has a property ${name}`)]),
      ...(value['type'] === 'object' && Object.keys((value['properties'] ?? {}) as object).length === 0
        ? [say(`has an object ${name} without properties`)]
        : []),
      ...misfits(value, `${path}.${name}`),
    ]),
    ...(schema['items'] === undefined ? [] : misfits(schema['items'] as Schema, `${path}[]`)),
  ];
}

describe('every tool', () => {
  test.each(listTools({ isMember: true }))(
    "$name fits OpenAI's and Google's dialects",
    ({ name, description, inputSchema }) => {
      // Claude Code writes "…" as "...", and others may change other signs.
      expect(JSON.stringify({ description, inputSchema })).toMatch(/^[\x20-\x7E]*$/);
      expect(name).toMatch(/^[A-Za-z_][\w-]*$/);
      expect(LONGEST_PREFIX.length + name.length).toBeLessThanOrEqual(64);
      expect(description.length).toBeLessThanOrEqual(1_024);
      expect(inputSchema.type).toBe('object');
      expect(inputSchema['properties']).toBeTypeOf('object');
      expect(misfits(inputSchema, name)).toEqual([]);
    },
  );
});

test.each([
  ['a union with null', { type: ['string', 'null'] }, 'x.f: has no single type'],
  ['a choice', { anyOf: [{ type: 'string' }, { type: 'null' }] }, 'x.f: has anyOf'],
  ['a reference', { $ref: '#/$defs/a' }, 'x.f: has $ref'],
  [
    'closed objects',
    { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
    'x.f: has additionalProperties',
  ],
  ['an enum of numbers', { type: 'integer', enum: [1] }, 'x.f: has an enum, but is no string'],
  ['an empty word', { type: 'string', enum: ['a', ''] }, 'x.f: has an empty word'],
  ['a list of anything', { type: 'array' }, 'x.f: has no items'],
  ['an object without properties', { type: 'object' }, 'x: has an object f without properties'],
  ['a format', { type: 'string', format: 'uri' }, 'x.f: has format'],
])('this test notices %s', (_, field, misfit) => {
  expect(misfits({ type: 'object', properties: { f: field } }, 'x')).toContain(misfit);
});
