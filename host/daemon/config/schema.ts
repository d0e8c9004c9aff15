import * as z from 'zod';
import { DEFAULT_STUCK_RULES } from '../../../protocol/schemas/harness.ts';
import { DEFAULT_RAW_LIMITS } from '../../../protocol/schemas/raw-lines.ts';
import { CONFIG_DEFAULTS } from '../../../protocol/hive-places.ts';
import { agentName } from '../../../protocol/names.ts';
import { DEFAULT_PROVIDER } from '../../../protocol/providers.ts';
import { providerName } from '../../../protocol/schemas/provider.ts';
import { imageName, limits } from '../../../protocol/schemas/agent.ts';
import { checks } from './checks-config.ts';
import { broker } from './mail-config.ts';
import { MAP_NAME } from './model-map.ts';
import { egress, gateway, proxy } from './network-config.ts';
import { providerConfig, whyIncomplete } from './provider-config.ts';
import { disk, retention } from './storage-config.ts';

const ms = z.int().nonnegative();

/**
 * Every key of config.yaml. Descriptions become docs/configuration.md, so they give units and purpose. All keys have
 * defaults: an empty or absent file is a valid configuration.
 */
export const configSchema = z.strictObject({
  dashboard: z
    .strictObject({
      host: z
        .string()
        .default(CONFIG_DEFAULTS.dashboardHost)
        .describe(
          'Address on which the dashboard listens. Keep a loopback address unless a reverse proxy with TLS is in front of it.',
        ),
      port: z.int().min(1).max(65_535).default(CONFIG_DEFAULTS.dashboardPort).describe('Port of the dashboard.'),
      allowed_hosts: z
        .array(z.string())
        .default([])
        .describe('Additional Host headers that the dashboard accepts (name, or name:port), for a reverse proxy.'),
    })
    .prefault({}),
  engine: z
    .strictObject({
      socket: z.string().default(CONFIG_DEFAULTS.engineSocket).describe("The container engine's Unix socket."),
      start: z
        .enum(['auto', 'never'])
        .default(CONFIG_DEFAULTS.engineStart)
        .describe(
          'auto: hived starts dockerd itself when the engine does not answer, no service manager runs it and hived is root. never: it does not.',
        ),
      args: z.array(z.string()).default([]).describe('Additional arguments for a dockerd that hived starts.'),
    })
    .prefault({}),
  toolchain_dir: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'Directory of node, the harness and the LLM CLIs, mounted in boxes at /opt/hive; null: the directory toolchain of the hive.',
    ),
  first_agents: z
    .array(
      z.strictObject({ name: agentName, role: z.string().min(1).max(64), prompt: z.string().max(20_000).default('') }),
    )
    .default([
      {
        name: 'manager' as z.infer<typeof agentName>,
        role: 'manager',
        prompt: 'You coordinate the other agents and keep the operator informed.',
      },
      {
        name: 'scout' as z.infer<typeof agentName>,
        role: 'scout',
        prompt: 'You look things up and report back to whoever asked.',
      },
    ])
    .describe('Agents that are created when the hive starts for the first time. The first one must be "manager".')
    .refine((list) => list[0]?.name === 'manager', { error: 'the first of first_agents must be named "manager"' })
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
      error: 'two of first_agents have the same name',
    }),
  defaults: z
    .strictObject({
      model: z
        .string()
        .default('sonnet')
        .describe('Model of agents whose spec names none, in the spelling of their CLI.'),
      provider: providerName.default(DEFAULT_PROVIDER).describe('Model provider of agents whose spec names none.'),
      image: imageName.default(CONFIG_DEFAULTS.image).describe('Image of boxes for agents whose spec names none.'),
      tools: z
        .array(z.string())
        .default(['Bash', 'Edit', 'Read', 'Write'])
        .describe(
          "The CLI's own tools. Each tool adds 0.6 to 3 KB to every request, so fewer tools make requests smaller and cheaper.",
        ),
      time_zone: z
        .string()
        .refine(isTimeZone, { error: 'no time zone is called so; names are like "Europe/Berlin"' })
        .nullable()
        .default(null)
        .describe("Time zone of the boxes' clocks (TZ), e.g. Europe/Berlin; null: the host's."),
      turn_timeout_ms: ms
        .min(1_000)
        .default(3_600_000)
        .describe(
          'A turn that takes longer is interrupted and ends as timed out, which may count as a failure of its messages.',
        ),
      limits: z
        .strictObject({
          memory_mb: limits.shape.memoryMb.default(2_048).describe('Memory of a box in MiB; swap is not added.'),
          cpus: limits.shape.cpus.default(2).describe('CPU limit of a box, in cores.'),
          pids: limits.shape.pids.default(512).describe('Maximum number of processes and threads in a box.'),
          tmp_mb: limits.shape.tmpMb
            .default(512)
            .describe(
              'Size of /tmp in a box, in MiB. It counts as memory: a box with little memory gets a smaller one (memory_mb minus 448); an explicit size that does not fit is refused.',
            ),
          disk_mb: limits.shape.diskMb
            .default(10_240)
            .describe(
              "Disk space of an agent's state, harness and its files in /shared, in MiB; 0: no limit. Measured periodically, not a hard limit.",
            ),
          disk_files: limits.shape.diskFiles
            .default(1_000_000)
            .describe('The same as a number of files and directories; 0: no limit.'),
        })
        .prefault({}),
    })
    .prefault({}),
  checks,
  broker,
  retention,
  disk,
  harness: z
    .strictObject({
      warm_idle_ms: ms.default(120_000).describe('An idle CLI process (about 310 MB) is ended after this.'),
      starts_at_once: z
        .int()
        .min(0)
        .max(1_000)
        .default(0)
        .describe(
          'CLIs that may be starting at once; further turns wait, those with the most urgent mail go first. 0: one more than the machine has cores.',
        ),
      memory_reserve_mb: z
        .int()
        .min(0)
        .default(512)
        .describe(
          'MiB of free memory that no CLI is started into: a warm one without a turn is ended first, and the turn waits. 0: memory does not matter.',
        ),
      silent_ms: ms
        .min(5_000)
        .default(90_000)
        .describe('A box whose harness has sent no heartbeat for this long is restarted.'),
      stuck: z
        .strictObject({
          repeats: z
            .int()
            .min(0)
            .max(1_000)
            .default(DEFAULT_STUCK_RULES.repeats)
            .describe(
              'A turn that calls a tool with the same input this often, with the same result, is told so; after twice as often it is stopped. Calls in a row with other results count half. 0: never.',
            ),
          tool_ms: ms
            .default(DEFAULT_STUCK_RULES.toolMs)
            .describe('A turn whose tool runs for longer is told so, and a minute later it is stopped. 0: never.'),
          waiting_tool_ms: ms
            .default(DEFAULT_STUCK_RULES.waitingToolMs)
            .describe(
              'The same for a tool whose processes wait for input and use no processor for this long. 0: never.',
            ),
          model_silent_ms: ms
            .min(10_000)
            .default(DEFAULT_STUCK_RULES.silentMs)
            .describe(
              'A CLI that says nothing for this long, with no tool running and no byte from the provider, is stopped.',
            ),
          turns: z
            .int()
            .min(0)
            .max(100)
            .default(DEFAULT_STUCK_RULES.turns)
            .describe(
              'Turns in a row that end unfinished, with the same text and no tool call, after which an agent counts as stuck. 0: never.',
            ),
        })
        .prefault({}),
      sessions: z
        .enum(['auto', 'continue'])
        .default('auto')
        .describe(
          '`auto`: each turn continues, compacts or drops the conversation, whichever costs least (docs/harness.md); `continue`: it is always continued.',
        ),
      keep_sessions_days: z
        .number()
        .nonnegative()
        .max(36_500)
        .default(30)
        .describe(
          'Days to keep the files of conversations that no turn used since, for drivers whose files the hive knows (docs/drivers.md); 0: for ever.',
        ),
      keep_sessions_mb: z
        .int()
        .min(0)
        .default(200)
        .describe(
          "MiB that the files of an agent's conversations may have together, for drivers whose files the hive knows; the oldest are deleted first; 0: no limit.",
        ),
      raw_days: z
        .number()
        .nonnegative()
        .max(36_500)
        .default(DEFAULT_RAW_LIMITS.days)
        .describe(
          "Days to keep the raw lines between the harness and an agent's program, which `hivectl debug turn` shows; 0: they are not kept.",
        ),
      raw_mb: z
        .int()
        .min(1)
        .max(102_400)
        .default(DEFAULT_RAW_LIMITS.mb)
        .describe(
          'MiB that the raw lines of an agent may have together; those of the oldest turns are deleted first. A turn keeps its beginning and its end, 4 MiB at most.',
        ),
    })
    .prefault({}),
  terminals: z
    .strictObject({
      per_agent: z.int().min(0).max(64).default(4).describe("Terminals that may be open at once in one agent's box."),
      in_all: z.int().min(0).max(256).default(16).describe('Terminals that may be open at once in the hive.'),
      idle_ms: ms
        .min(10_000)
        .max(604_800_000)
        .default(3_600_000)
        .describe('A terminal into which nobody types for this long is closed.'),
      grace_ms: ms
        .min(1_000)
        .max(86_400_000)
        .default(60_000)
        .describe(
          'A terminal whose page or hivectl is away for this long (a lost connection, a closed page) is closed.',
        ),
      on_dashboard: z
        .boolean()
        .default(true)
        .describe(
          'Whether terminals can be opened on the dashboard; false: with hivectl only. Whoever holds a session of the dashboard can run commands in boxes while it is true.',
        ),
    })
    .prefault({}),
  rebuild: z
    .strictObject({
      manager_wait_ms: ms
        .default(120_000)
        .describe(
          'rebuild --all: how long the other agents wait until the manager has handled the message about its own rebuild.',
        ),
      stop_grace_ms: ms.default(5_000).describe('How long a box may take to end by itself before it is killed.'),
    })
    .prefault({}),
  models: z
    .record(z.string().regex(MAP_NAME, { error: 'a name has letters, digits, "-", "_" and "."' }), z.array(z.string()))
    .default({})
    .describe(
      'Names that specs may use for models. Each is a list of `provider/model`: who answers, and who does when the ones before cannot (a limit, an outage, a refused key). An entry may also be another of these names.',
    ),
  providers: z
    .record(providerName, providerConfig)
    .default({})
    .superRefine((declared, context) => {
      for (const [name, given] of Object.entries(declared)) {
        const message = whyIncomplete(name, given);
        if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
      }
    })
    .describe(
      'Model providers by name: `kind` (see `hivectl provider add`) and `base_url`, the base URL of the API. The built-in ones have a kind and a base URL; for them only another base_url is of use, e.g. that of a proxy for their API. Keys are set with `hivectl provider set`. `login` says where logins of such a kind are used (`base_url`) and renewed (`token_url`), if not at their maker.',
    ),
  proxy,
  egress,
  gateway,
  forge: z
    .strictObject({
      max_pack_mb: z.int().min(1).max(16_384).default(512).describe('Largest push, in MiB.'),
      keep_config: z
        .boolean()
        .default(true)
        .describe(
          'Whether what is declared (specs and prompts of agents, projects, rules of branches, this file) is kept as files in the repository hive/config, with a commit for each change. The manager may read it.',
        ),
      queue_runs: z
        .int()
        .min(1)
        .max(16)
        .default(3)
        .describe(
          'Runs of checks that all merge queues together have under way; more than `checks.at_once` wait there.',
        ),
      artifacts_mb: z
        .int()
        .min(0)
        .max(1_048_576)
        .default(2_048)
        .describe(
          'Room for files that checks hand over, in MiB. For new ones the oldest are deleted of the owner of repositories that has most.',
        ),
      caches_mb: z
        .int()
        .min(0)
        .max(1_048_576)
        .default(2_048)
        .describe(
          'Room for caches of checks, in MiB: one half for those that count, the other one for those that wait for a merge. For new ones those go that were used longest ago, of the owner of repositories that has most.',
        ),
      artifact_days: z.int().min(1).max(366).default(14).describe('How long such files are kept, in days.'),
    })
    .prefault({}),
  skills: z
    .strictObject({
      from_docs: z
        .boolean()
        .default(true)
        .describe(
          'Whether agents are offered the skills of the repository shared/docs besides those in `<root>/skills`. While it is true, the manager can change what every agent is told to follow.',
        ),
    })
    .prefault({}),
  uids: z
    .strictObject({
      base: z
        .int()
        .min(1_000)
        .max(1_000_000_000)
        .default(200_000)
        .describe(
          'First of the numeric user IDs that the hive uses: services at +1 to +3, the group of /shared at +10, the user that measures files at +11, boxes of checks from +500, agents from +1000. Cannot be changed after the first start. Hives on one machine should be 100,000 apart, because the kernel counts processes and quotas per user.',
        ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .describe("Minimum level of messages in hived's log."),
    })
    .prefault({}),
});

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export type Config = z.output<typeof configSchema>;
