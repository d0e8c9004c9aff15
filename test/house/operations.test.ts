/**
 * Every operation declares its audience; each socket serves the operations of its callers, and every operation for
 * agents has a cost.
 */
import { expect, test } from 'vitest';
import type { Audience, Op, Surface } from '../../protocol/op.ts';
import { adminSurface, hivedOperations } from '../../protocol/operations/admin.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { dashboardSurface, operatorSurface } from '../../protocol/operations/operator.ts';
import { SPEC_FIELDS } from '../../protocol/spec-fields.ts';
import { forgeAgentSurface } from '../../protocol/operations/repos.ts';
import {
  forgeOperations,
  forgeSurface,
  gatewayReports,
  gatewayReportSurface,
} from '../../protocol/operations/services.ts';

const TABLES: Readonly<Record<string, Surface>> = { hivedOperations, gatewayReports, forgeOperations };
const all = Object.values(TABLES).flatMap((table) => Object.values(table));
const namesFor = (table: Surface, ...audiences: Audience[]) =>
  Object.values(table)
    .filter((op) => op.audiences.some((audience) => audiences.includes(audience)))
    .map((op) => op.name);

test.each(Object.entries(TABLES))('in %s, each operation is under its own name and has an audience', (_, table) => {
  for (const [name, op] of Object.entries(table)) {
    expect(op.name).toBe(name);
    expect(op.audiences.length, name).toBeGreaterThan(0);
  }
});

test('a surface has the operations of its audiences and no other', () => {
  const surfaces: [Surface, string[]][] = [
    [agentSurface, namesFor(hivedOperations, 'agent')],
    [operatorSurface, namesFor(hivedOperations, 'operator')],
    [dashboardSurface, namesFor(hivedOperations, 'operator', 'dashboard')],
    [adminSurface, namesFor(hivedOperations, 'operator', 'admin')],
    [gatewayReportSurface, namesFor(gatewayReports, 'gateway')],
    [forgeAgentSurface, namesFor(forgeOperations, 'agent')],
    [forgeSurface, namesFor(forgeOperations, 'operator', 'admin', 'hived')],
  ];
  for (const [surface, names] of surfaces) {
    expect(Object.keys(surface).toSorted()).toEqual(names.toSorted());
    const addresses = Object.values(surface).map((op) => `${op.method} ${op.path}`);
    expect(new Set(addresses).size).toBe(addresses.length);
  }
});

test('every operation for agents declares its cost; no other has a cost or a tool', () => {
  const isForAgents = (op: Op) => op.audiences.includes('agent');
  expect(all.filter((op) => isForAgents(op) && op.cost === undefined).map((op) => op.name)).toEqual([]);
  const others = all.filter((op) => !isForAgents(op));
  expect(others.filter((op) => op.cost !== undefined || op.tool !== undefined).map((op) => op.name)).toEqual([]);
});

test('an operation that may be repeated with a key takes one, and one that may be repeated when listing has that action', () => {
  const parse = (op: Op, given: object) => JSON.stringify(op.input.safeParse(given).error?.issues ?? []);
  for (const op of all.filter(({ repeatable }) => repeatable === 'with_key'))
    expect(parse(op, { key: 'k' }), op.name).not.toContain('"key"');
  for (const op of all.filter(({ repeatable }) => repeatable === 'when_listing'))
    expect(op.input.safeParse({ action: 'list' }).success, op.name).toBe(true);
});

// Limits the effect of a compromised dashboard process on root. A field with such a name is reviewed by a person, who
// adds it here.
test('no operation for the dashboard takes a path of the host or a command', () => {
  const suspicious = /path|\bmount|command|argv|script|binary|exec|env|dir(?:ectory)?$|volume|source|socket/i;
  const fieldsOf = (schema: unknown): string[] => {
    const { def, shape } = schema as {
      def?: { innerType?: unknown; in?: unknown; element?: unknown; options?: unknown[] };
      shape?: object;
    };
    const inner = [def?.innerType, def?.in, def?.element, ...(def?.options ?? [])].filter((one) => one !== undefined);
    const own = shape === undefined ? [] : Object.entries(shape).flatMap(([name, field]) => [name, ...fieldsOf(field)]);
    return [...own, ...inner.flatMap(fieldsOf)];
  };
  const found = Object.values<Op>(dashboardSurface).flatMap((op) =>
    fieldsOf(op.input)
      .filter((field) => suspicious.test(field))
      .map((field) => `${op.name}.${field}`),
  );
  // Fields of a spec, such as a driver's command, may be there when only hivectl may set them.
  const isRefused = (field: string) =>
    (SPEC_FIELDS as Record<string, { setBy: string }>)[field.split('.')[1] ?? '']?.setBy === 'admin';
  expect(found.filter((field) => !isRefused(field))).toEqual([]);
  expect(fieldsOf(dashboardSurface.createAgent.input)).toContain('memoryMb');
});
