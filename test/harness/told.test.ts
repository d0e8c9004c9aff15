/**
 * The size of what models are told, in the first requests of the real CLIs: recorded by the demo model, with the hive's
 * instructions and tools as in a box. Every run has the same bytes, but for the lengths of paths.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'gpt-tokenizer';
import { describe, expect, test } from 'vitest';
import { CREATE_DRIVER } from '../../harness/driver/drivers.ts';
import { mailOf } from '../../harness/testing/mail-of.ts';
import { BOX_SKILL_DIRS, boxStateDir, FORGE_IN_BOX } from '../../protocol/box-paths.ts';
import type { AgentName } from '../../protocol/names.ts';
import { cliInUse } from '../../protocol/cli-places.ts';
import { DRIVERS } from '../../protocol/drivers/drivers.ts';
import { composeInstructions, joinInstructions } from '../../protocol/told/compose-instructions.ts';
import { listTools } from '../../protocol/told/list-tools.ts';
import { TEST_TOOLCHAIN, testCli } from '../support/test-clis.ts';
import { openPlace } from './driver-place.ts';

type Json = Record<string, unknown>;

/** What of a request is for the model, as its CLI writes it. */
interface Parts {
  readonly texts: readonly unknown[];
  readonly tools: readonly Json[];
}

interface Subject {
  readonly model: string;
  readonly tools: string[];
  read(request: Json): Parts;
  /** The name of a tool of the hive. */
  name(tool: string): string;
}

const FEW = ['Bash', 'Edit', 'Read', 'Write'];
/** As long as a message may be without counting. */
const MESSAGE = 'x';
/** Of the hive's instructions and tools together, by OpenAI's tokenizer o200k. */
const MOST_TOKENS = 1_500;
const MOST_BYTES = 17_500;

const SUBJECTS = {
  claude: {
    model: 'claude-sonnet-5',
    tools: FEW,
    read: ({ system, messages, tools }) => ({ texts: [system, messages], tools: tools as Json[] }),
    name: (tool) => `mcp__hive__${tool}`,
  },
  codex: {
    model: 'gpt-5-mini',
    tools: [],
    read: ({ input, tools }) => ({
      texts: [input],
      // Tools of a server are in a namespace with its name.
      tools: (tools as Json[]).flatMap((tool) => (tool['type'] === 'namespace' ? (tool['tools'] as Json[]) : [tool])),
    }),
    name: (tool) => tool,
  },
  gemini: {
    model: 'gemini-3.8-flash',
    tools: FEW,
    read: ({ systemInstruction, contents, tools }) => ({
      texts: [systemInstruction, contents],
      tools: (tools as { functionDeclarations: Json[] }[]).flatMap((tool) => tool.functionDeclarations),
    }),
    name: (tool) => `mcp_hive_${tool}`,
  },
  opencode: {
    model: 'gpt-5-mini',
    tools: FEW,
    read: ({ messages, tools }) => ({
      texts: [messages],
      tools: (tools as { function: Json }[]).map((tool) => tool.function),
    }),
    name: (tool) => `hive_${tool}`,
  },
} satisfies Record<string, Subject>;

/** A field that one CLI adds to every tool. */
const EXTRA = 'wait_for_previous';

/** A tool's arguments, under the names that protocols give them. */
function schemaOf(tool: Json): { properties: Json; required?: string[] } {
  return (tool['input_schema'] ?? tool['parameters'] ?? tool['parametersJsonSchema']) as ReturnType<typeof schemaOf>;
}

/** The tool as the hive offers it. */
function withoutExtras(tool: Json): Json {
  const schema = schemaOf(tool);
  const { [EXTRA]: _, ...properties } = schema.properties;
  const offered = { ...schema, properties };
  return Object.fromEntries(Object.entries(tool).map(([name, value]) => [name, value === schema ? offered : value]));
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);

describe.each(Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[])('the first request of %s', (driver) => {
  const subject: Subject = SUBJECTS[driver];
  const instructions = joinInstructions(
    composeInstructions({
      agent: 'scout' as AgentName,
      parent: 'manager' as AgentName,
      spec: { driver, role: 'tester', prompt: '' },
      stateDir: boxStateDir('scout'),
      forgeUrl: FORGE_IN_BOX,
      skills: [],
      skillDirs: BOX_SKILL_DIRS,
    }),
  );

  async function measure() {
    const { model, tools, read, name } = subject;
    const open = await openPlace({ driver, model, tools });
    const place = { ...open.place, cliDir: dirname(dirname(testCli(driver))), systemPrompt: instructions };
    const running = CREATE_DRIVER[driver](place);
    try {
      const report = await running.runTurn({
        turn: 1,
        prompt: { text: MESSAGE, messages: [mailOf(41, MESSAGE)] },
        sessionId: null,
        timeoutMs: 120_000,
        signal: new AbortController().signal,
        takeFetched: () => [],
        takeAllFetched: () => [],
      });
      expect(report.verdict.kind).toBe('done');
      const [first] = open.requests;
      const request = JSON.parse(first?.body.toString() ?? '') as Json;
      const { texts, tools: offered } = read(request);
      const listed = new Map(listTools({ isMember: false }).map((tool) => [name(tool.name), tool]));
      const ofHive = offered.filter((tool) => listed.has(String(tool['name'])));
      expect(ofHive).toHaveLength(listed.size);
      for (const tool of ofHive) {
        const { description, inputSchema } = listed.get(String(tool['name'])) ?? {};
        const schema = schemaOf(withoutExtras(tool));
        expect(tool['description']).toBe(description);
        expect(schema.properties).toEqual(inputSchema?.['properties']);
        expect(schema.required ?? []).toEqual(inputSchema?.['required'] ?? []);
      }
      return { bytes: first?.body.length ?? 0, request, texts, offered, ofHive };
    } finally {
      await running.letGo('The test is over.');
      await open.close();
    }
  }

  test(`has at most ${MOST_TOKENS} tokens of the hive, ${MOST_BYTES} bytes, and of its CLI what is stated`, async () => {
    const { bytes, request, texts, offered, ofHive } = await measure();
    expect(JSON.stringify(texts)).toContain(JSON.stringify(instructions).slice(1, -1));
    const hiveTexts = bytesOf(instructions) + bytesOf(MESSAGE);
    const told = sum(texts.map(bytesOf));
    const measured = {
      version: readFileSync(join(TEST_TOOLCHAIN, cliInUse(driver)), 'utf8').trim(),
      texts: told - hiveTexts,
      tools: sum(offered.map(bytesOf)) - sum(ofHive.map(bytesOf)),
      perTool: Math.ceil((sum(ofHive.map(bytesOf)) - sum(listTools({ isMember: false }).map(bytesOf))) / ofHive.length),
      rest: bytesOf(request) - told - sum(offered.map(bytesOf)),
    };
    const tokens = encode(instructions).length + encode(JSON.stringify(ofHive.map(withoutExtras))).length;
    const stated = DRIVERS[driver].adds;
    expect(measured.version).toBe(stated?.version);
    for (const part of ['texts', 'tools', 'perTool', 'rest'] as const) {
      expect(measured[part], part).toBeLessThanOrEqual(stated?.[part] ?? 0);
      expect(measured[part], `${part} is stated too high`).toBeGreaterThan(0.9 * (stated?.[part] ?? 0) - 20);
    }
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
    expect(tokens).toBeLessThanOrEqual(MOST_TOKENS);
  });
});
