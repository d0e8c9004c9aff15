import { encode } from 'gpt-tokenizer';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { agentMail } from '../operations/agent-mail.ts';
import { slimSchema } from './slim-schema.ts';
import { findTool, listTools, shapeOf, type ToolOperation } from './list-tools.ts';

const all = listTools({ isMember: true });
const usual = listTools({ isMember: false });
const named = (name: string) => all.find((tool) => tool.name === name)?.inputSchema;
const propertiesOf = (name: string) => named(name)?.['properties'] as Record<string, Record<string, unknown>>;

describe('the size of the tools', () => {
  const mail = usual.filter((tool) => (findTool(tool.name)?.name ?? '') in agentMail);
  const text = JSON.stringify(mail);

  // Of requests: test/harness/told.test.ts.
  test('all tools stay under 1,100 tokens, the messaging tools under 900 and those of the forge under 130', () => {
    const forge = usual.filter((tool) => findTool(tool.name)?.server === 'forge');
    expect(mail.length).toBeGreaterThan(10);
    expect(forge.map(({ name }) => name).sort()).toEqual(['create_repo', 'repo', 'repos']);
    expect(encode(JSON.stringify(usual)).length).toBeLessThan(1_100);
    expect(encode(text).length).toBeLessThan(900);
    expect(encode(JSON.stringify(forge)).length).toBeLessThan(130);
  });

  test('all tools of the forge stay under 900 tokens for the members of projects, and only they have those for pull requests', () => {
    const forge = all.filter((tool) => findTool(tool.name)?.server === 'forge');
    expect(encode(JSON.stringify(forge)).length).toBeLessThan(900);
    const more = all.map(({ name }) => name).filter((name) => !usual.some((tool) => tool.name === name));
    expect(more.sort()).toEqual([
      'check_log',
      'edit_pr',
      'merge_pr',
      'open_pr',
      'pr',
      'pr_diff',
      'prs',
      'review_pr',
      'unqueue_pr',
    ]);
  });

  test('no two tools have the same name', () => {
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('no schema contains parts that only a program needs', () => {
    expect(text).not.toMatch(/\$schema|additionalProperties|pattern|anyOf|maxLength|9007199254740991/);
  });
});

describe('a tool declares each field', () => {
  test('fields of every kind of message are offered, files by their paths', () => {
    expect(Object.keys(propertiesOf('send')).sort()).toEqual(
      ['to', 'body', 'kind', 'in_reply_to', 'priority', 'choices', 'deadline_seconds', 'default', 'files'].sort(),
    );
    expect(propertiesOf('send')['files']).toMatchObject({ type: 'array', items: { type: 'string' } });
    expect(propertiesOf('send')['to']).toMatchObject({ type: 'string' });
    expect(propertiesOf('remind')).not.toHaveProperty('attachment');
  });

  test('fields that are not listed exist, are optional, and are accepted', () => {
    const unlisted = all.flatMap(({ name }) => {
      const found = findTool(name);
      const { schema } = shapeOf(found as ToolOperation);
      for (const field of found?.op.tool?.unlisted ?? []) {
        expect(schema['properties'], `${name}.${field}`).toHaveProperty(field);
        expect(schema['required'] ?? [], `${name}.${field}`).not.toContain(field);
        expect(propertiesOf(name), `${name}.${field}`).not.toHaveProperty(field);
      }
      return found?.op.tool?.unlisted ?? [];
    });
    expect(unlisted).toContain('severity');
  });

  test('every field has a type', () => {
    for (const tool of all)
      for (const [name, field] of Object.entries(propertiesOf(tool.name)))
        expect(field['type'], `${tool.name}.${name}`).toBeTypeOf('string');
  });
});

test('unions, refinements and fields named like keywords survive slimming', () => {
  const schema = z
    .strictObject({
      default: z.string().default('x'),
      format: z.enum(['a', 'b']),
      either: z.union([z.literal('a'), z.literal('b')]),
      word: z.union([z.literal('a'), z.string().regex(/^#/)]),
      id: z.coerce.number<number | string>().int(),
      some: z.union([z.string(), z.object({ x: z.number() })]).describe('Either.'),
      maybe: z.string().nullable(),
    })
    .refine(() => true)
    .superRefine(() => undefined);
  expect(slimSchema(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))).toEqual({
    type: 'object',
    required: ['format', 'either', 'word', 'id', 'some', 'maybe'],
    properties: {
      default: { type: 'string' },
      format: { type: 'string', enum: ['a', 'b'] },
      either: { type: 'string', enum: ['a', 'b'] },
      word: { type: 'string' },
      id: { type: 'integer' },
      some: { description: 'Either.' },
      maybe: { type: 'string' },
    },
  });
});
