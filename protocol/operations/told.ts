import * as z from 'zod';
import { DRIVER_NAMES } from '../drivers/drivers.ts';
import { agentName } from '../names.ts';
import { op } from '../op.ts';
import { SKILL_SOURCES } from '../told/skills.ts';

/** Bytes of UTF-8, and an estimate of a model's tokens (protocol/told/estimate-tokens.ts). */
const size = { bytes: z.int().nonnegative(), tokens: z.int().nonnegative() };

/** What the models of agents are told. */
export const toldOperations = {
  getPrompt: op({
    name: 'getPrompt',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents/:name/prompt',
    summary:
      "What an agent's model is told with every request, beside its conversation: instructions and tools, with sizes, and what its CLI adds. The agent need not run.",
    input: z.strictObject({ name: agentName }),
    output: z.strictObject({
      agent: agentName,
      driver: z.enum(DRIVER_NAMES),
      model: z.string(),
      /** Where the driver puts the instructions: a value of the capability of that name. */
      placed: z.string(),
      instructions: z.array(
        z.strictObject({ by: z.enum(['driver', 'hive', 'skills', 'operator']), text: z.string(), ...size }),
      ),
      /** Directories of skills that are not offered, and why. */
      skippedSkills: z.array(z.strictObject({ name: z.string(), from: z.enum(SKILL_SOURCES), why: z.string() })),
      /** The skills that are offered, and whose they are. */
      skills: z.array(z.strictObject({ name: z.string(), from: z.enum(SKILL_SOURCES) })),
      /** The commit of shared/docs from which skills are; null: there are none. */
      docsCommit: z.string().nullable(),
      /** The tools as the harness lists them for the CLI. */
      tools: z.strictObject({
        list: z.array(
          z.strictObject({ name: z.string(), description: z.string(), inputSchema: z.record(z.string(), z.unknown()) }),
        ),
        ...size,
      }),
      /** Instructions and tools together. */
      ...size,
      /** What its CLI adds, in bytes, as measured in real requests of that version; null: not known to the hive. */
      cli: z
        .strictObject({
          name: z.string(),
          version: z.string(),
          texts: z.int().nonnegative(),
          /** Its own tools, with Bash, Edit, Read and Write where an agent's `tools` are chosen. */
          tools: z.int().nonnegative(),
          perTool: z.int().nonnegative(),
          rest: z.int().nonnegative(),
        })
        .nullable(),
      /** The CLI's own tools that the spec allows. */
      ownTools: z.array(z.string()),
    }),
    errors: ['unknown_agent'],
  }),
} as const;
