import * as z from 'zod';
import { DRIVER_NAMES } from '../drivers/drivers.ts';
import { agentName, epochMs } from '../names.ts';
import { NOTICE_KINDS } from '../notices.ts';
import { agentHold } from './hold.ts';
import { storedText } from './message.ts';
import { modelEntry, modelName } from './model.ts';
import { membershipChanges, memberships, MOST_MEMBERSHIPS } from './project.ts';
import { providerName } from './provider.ts';
import { TURN_PHASES } from '../turn-phases.ts';
import { LIMIT_RANGES, MAX_PROMPT_CHARS, TURN_RANGES, UNKNOWN_HOSTS } from '../spec-text.ts';

function within({ min, max }: { min: number; max: number }) {
  return z.int().min(min).max(max);
}

/**
 * Resource limits of a box. Enforced by the runtime, disk by hived, which measures it; see docs/configuration.md for
 * the defaults.
 */
export const limits = z.strictObject({
  memoryMb: within(LIMIT_RANGES.memoryMb).describe('Memory of the box in MiB, swap included.'),
  cpus: z.number().min(LIMIT_RANGES.cpus.min).max(LIMIT_RANGES.cpus.max).describe('CPU time of the box, in cores.'),
  pids: within(LIMIT_RANGES.pids).describe('Processes and threads in the box.'),
  tmpMb: within(LIMIT_RANGES.tmpMb).describe('Size of /tmp in MiB (a tmpfs, counted as memory).'),
  diskMb: within(LIMIT_RANGES.diskMb).describe(
    'Files of the agent in MiB: its state, its harness and what it owns in /shared. 0: no limit.',
  ),
  diskFiles: within(LIMIT_RANGES.diskFiles).describe('The same, as a count of files and directories. 0: no limit.'),
});
export type Limits = z.infer<typeof limits>;

const IMAGE_PATH = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const IMAGE_HOST = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?';

/**
 * An image's name in the engines' format (distribution/reference): [host/]path[:tag][@digest]. Strict, because it
 * becomes part of a path of the engine's API.
 */
export const imageName = z
  .string()
  .max(256)
  .regex(
    new RegExp(
      `^(?:${IMAGE_HOST}/)?${IMAGE_PATH}(?:/${IMAGE_PATH})*(?::[\\w][\\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`,
    ),
    { error: 'an image is named like "name", "name:tag" or "host/path/name:tag", in lower case' },
  );

/** The operator's declaration of an agent. */
export const agentSpec = z.strictObject({
  role: z.string().min(1).max(64).describe('A word or two on what it is for; other agents see it.'),
  driver: z.enum(DRIVER_NAMES).describe('Which driver runs its turns: docs/drivers.md says what each can do.'),
  command: z
    .array(
      z
        .string()
        .min(1)
        .max(4_096)
        .regex(/^[^\p{Cs}\0]*$/u, { error: 'a word of the command is not valid UTF-8, or holds a NUL character' }),
    )
    .min(1)
    .max(64)
    .optional()
    .describe('The program and its arguments, for a driver that runs one of yours (`script`).'),
  model: modelName.describe('The model: a name of `models` in config.yaml, or a name that its CLI knows.'),
  provider: providerName.optional().describe('Who serves its model; without it defaults.provider in config.yaml does.'),
  image: imageName.describe('The image its box is made from.'),
  tools: z
    .array(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/))
    .max(32)
    .describe("The CLI's own tools it may use."),
  prompt: z
    .string()
    .max(MAX_PROMPT_CHARS, {
      error: 'the prompt is over 20,000 characters: put the rest into a file that the agent can read',
    })
    .describe("The operator's words to it, appended to the hive's system prompt."),
  limits,
  unknownHosts: z
    .enum(UNKNOWN_HOSTS)
    .optional()
    .describe('Its requests for hosts that no rule is about: `ask` (without it) or `refuse` at once.'),
  wakeFor: z
    .array(z.enum(NOTICE_KINDS, { error: `a notice is one of ${NOTICE_KINDS.join(', ')}` }))
    .max(NOTICE_KINDS.length)
    .optional()
    .describe('The notices of the hive that start a turn of it; the others ride along with its next mail.'),
  projects: memberships
    .refine((given) => Object.keys(given).length <= MOST_MEMBERSHIPS, {
      error: `an agent is in at most ${MOST_MEMBERSHIPS} projects`,
    })
    .optional()
    .describe(
      'The projects in the forge that it works in, with its level in each: `read`, `review`, `write` or `merge`.',
    ),
  turnToolCalls: within(TURN_RANGES.turnToolCalls)
    .optional()
    .describe('A turn with more tool calls is stopped and failed. 0 or none: no limit.'),
  turnOutputKb: within(TURN_RANGES.turnOutputKb)
    .optional()
    .describe('A turn whose transcript has more kB is stopped and failed. 0 or none: no limit.'),
  turnTimeoutMs: z.int().min(1_000).max(86_400_000).describe('A turn that takes longer is interrupted and failed.'),
});
export type AgentSpec = z.infer<typeof agentSpec>;

/** The parts of a spec a caller may give; the rest comes from `defaults` in config.yaml. */
export const agentSpecInput = agentSpec.partial().extend({
  limits: limits.partial().optional(),
  /** Joins and leaves (`none`) these projects; others stay as they are. */
  projects: membershipChanges.optional(),
  // Only in this input schema: specs that an older hive stored must stay readable.
  role: wellFormed(agentSpec.shape.role).optional(),
  prompt: wellFormed(agentSpec.shape.prompt).optional(),
});

/** The same schema, refusing lone surrogates and NUL, as for all stored text. */
function wellFormed(text: z.ZodString): z.ZodString {
  return text.regex(/^[^\p{Cs}\0]*$/u, { error: 'the text is not valid UTF-8, or holds a NUL character' });
}

/** What an agent is doing, as one word. Derived, never stored. protocol/agent-states.ts says what each means. */
export const AGENT_STATES = [
  'stopped',
  'starting',
  'rebuilding',
  'stopping',
  'idle',
  'blocked',
  'working',
  'rate_limited',
  'needs_login',
  'outage',
  'starved',
  'budget',
  'backing_off',
  'paused',
  'taken_over',
  'stuck',
  'unreachable',
  'failed',
] as const;
export const agentState = z.enum(AGENT_STATES);
export type AgentState = z.infer<typeof agentState>;

/** Tokens and cost of one call, or by a CLI's own count; `costUsd` is null when the model's price is unknown. */
export const usageTotals = z.strictObject({
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  cacheReadTokens: z.int().nonnegative(),
  cacheWriteTokens: z.int().nonnegative(),
  costUsd: z.number().nonnegative().nullable(),
});
export type UsageTotals = z.infer<typeof usageTotals>;

/**
 * The usage of several calls. `costUsd` is the sum of the calls whose price is known; `unpricedCalls` counts the
 * others.
 */
export const usageSum = usageTotals.extend({
  costUsd: z.number().nonnegative(),
  unpricedCalls: z.int().nonnegative(),
});
export type UsageSum = z.infer<typeof usageSum>;

/** An agent's note on its current work, in one line; empty for none. Length in UTF-16 units. */
export const agentNote = storedText
  .trim()
  .max(160)
  .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), { error: 'a note is one line without control characters' });

/** An agent as the operator sees it. */
export const agentView = z.strictObject({
  name: agentName,
  parent: agentName.nullable(),
  spec: agentSpec,
  desired: z.enum(['running', 'stopped']),
  state: agentState,
  /** The step of the running turn, as its harness last reported it. */
  phase: z.enum(TURN_PHASES).optional(),
  /** The reason for its state, in plain words; null when the state needs none. */
  reason: z.string().nullable(),
  /** When the state is due to end, if known. */
  until: epochMs.nullable(),
  /** Its current activity: the running turn, its latest tool call or text. */
  activity: z.string().nullable(),
  turn: z.int().nullable(),
  generation: z.int().positive(),
  /**
   * The box was made with other limits, another image, driver or toolchain than the spec declares now
   * (protocol/spec-fields.ts).
   */
  outdated: z.boolean(),
  boxId: z.string().nullable(),
  /** The CLI that its box was made with, and its version (`name@1.2.3`); missing without a box, or if it needs none. */
  cli: z.string().optional(),
  sessionId: z.string().nullable(),
  /** Who answers the model calls: `demo` is the scripted model that needs no key. */
  provider: z.string(),
  /** Who answers its model, if that is a name of `models` in config.yaml: the first that can. */
  entries: z.array(modelEntry).optional(),
  queued: z.int().nonnegative(),
  /** Of the queued ones, the notices that start no turn by themselves; missing when there is none. */
  riding: z.int().positive().optional(),
  leased: z.int().nonnegative(),
  dead: z.int().nonnegative(),
  /** A note on its current work, set by the agent or the operator; missing when there is none. */
  note: z.string().optional(),
  /** What holds it between turns, the one that is shown first; missing when nothing does. */
  holds: z.array(agentHold).optional(),
  /** Do not disturb: until then only critical mail wakes it. */
  quietUntil: epochMs.nullable(),
  turns: z.int().nonnegative(),
  usage: usageSum,
  createdAt: epochMs,
  helloAt: epochMs.nullable(),
  /** The size of its files when last measured; null before the first measurement. */
  disk: z.strictObject({ bytes: z.int().nonnegative(), files: z.int().nonnegative(), at: epochMs }).nullable(),
});
export type AgentView = z.infer<typeof agentView>;

/** An agent that cannot be rebuilt: the CLI that its new box would need is not in the toolchain. */
export const agentWithoutCli = z.strictObject({ name: agentName, cli: z.string() });
export type AgentWithoutCli = z.infer<typeof agentWithoutCli>;
