import * as z from 'zod';
import { DEFAULT_STUCK_RULES } from '../../../protocol/schemas/harness.ts';
import { CONFIG_DEFAULTS } from '../../../protocol/hive-places.ts';
import { agentName } from '../../../protocol/names.ts';
import { DEFAULT_PROVIDER } from '../../../protocol/providers.ts';
import { providerName } from '../../../protocol/schemas/provider.ts';
import { imageName, limits } from '../../../protocol/schemas/agent.ts';
import { MAP_NAME } from './model-map.ts';
import { providerConfig, whyIncomplete } from './provider-config.ts';
import { isProxyUrl } from '../../../protocol/proxy.ts';
import { MAX_FILE_BYTES } from '../../../protocol/schemas/message.ts';

const ms = z.int().nonnegative();
const proxyUrl = z
  .string()
  .refine(isProxyUrl, { error: 'must be the address of an HTTP proxy, like http://proxy.example:3128' })
  .nullable()
  .default(null);
const mib = z.int().min(0).max(1_073_741_824);
const days = z.number().nonnegative().max(36_500);

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
  broker: z
    .strictObject({
      lease_ms: ms
        .min(3_000)
        .default(60_000)
        .describe(
          'When the harness of a turn has sent no heartbeat for this long, the turn is lost and its messages go to the next turn.',
        ),
      max_failures: z.int().min(1).max(100).default(5).describe('A message is dead after this many failed turns.'),
      turn_max_messages: z
        .int()
        .min(1)
        .max(200)
        .default(50)
        .describe('Maximum number of messages in one turn; the rest follows in the next.'),
      turn_max_bytes: z.int().min(65_536).default(131_072).describe('Maximum bytes of message text in one turn.'),
      routing: z
        .enum(['open', 'tree'])
        .default('open')
        .describe(
          'open: every agent may write to every other. tree: to its parent and its children, to siblings with a copy to the parent, to other branches through the nearest common ancestor; an agent with the role "task" only to its parent.',
        ),
      mailbox_max_messages: z
        .int()
        .min(1)
        .default(10_000)
        .describe('A mailbox with this many waiting messages accepts no more from agents.'),
      mailbox_max_bytes: z.int().min(65_536).default(67_108_864).describe('The same for the bytes of waiting text.'),
      send_burst: z.int().min(1).default(60).describe('Number of messages that an agent may send at once.'),
      send_per_minute: z
        .number()
        .min(1)
        .default(120)
        .describe('Number of messages a minute that an agent may send in the long run.'),
      loop_slow_hops: z
        .int()
        .min(2)
        .default(6)
        .describe(
          'Two agents that exchange this many messages without other work are slowed down; near-identical texts count three times.',
        ),
      loop_pause_hops: z
        .int()
        .min(3)
        .default(12)
        .describe(
          'After this many such messages the exchange is paused, and the operator is asked whether it may continue.',
        ),
      loop_max_hops: z.int().min(3).default(100).describe('The same, whatever work is done in between.'),
      loop_quiet_ms: ms.min(1_000).default(600_000).describe('After this long without a message the count is reset.'),
      max_reminders: z
        .int()
        .min(1)
        .default(100)
        .describe('Maximum number of standing reminders and schedules of an agent, together.'),
      reminder_burst: z
        .int()
        .min(1)
        .default(20)
        .describe('Number of reminders and schedules that an agent may set at once.'),
      reminder_per_minute: z
        .number()
        .min(0.1)
        .default(10)
        .describe(
          'Number of reminders and schedules that an agent may set a minute after a burst; messages are counted separately.',
        ),
      attachment_max_bytes: z
        .int()
        .min(1)
        .max(MAX_FILE_BYTES)
        .default(MAX_FILE_BYTES)
        .describe('Largest attachment of a message, in bytes.'),
      attachments_total_max_bytes: z
        .int()
        .min(4_096)
        .default(2_147_483_648)
        .describe('Disk space for the attachments of all messages together, in bytes; each uses whole blocks of 4096.'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      messages_days: days
        .default(0)
        .describe(
          'Messages older than this many days are deleted, unless a recipient is not done with them; 0: never.',
        ),
      notices_days: days.default(90).describe("The same for the hive's own notices and for reminders that fired."),
      transcript_days: days
        .default(90)
        .describe('Days to keep texts, tool calls and results of turns in the event log; 0: for ever.'),
      stats_days: days
        .default(90)
        .describe('Days to keep the figures of single turns (sums by day are kept for good); 0: for ever.'),
      costs_days: days
        .default(800)
        .describe(
          'Days to keep what calls to models cost (by quarter of an hour) and past windows of budgets; 0: for ever.',
        ),
      events_days: days
        .default(365)
        .describe(
          'Days to keep all other events, the records of single model calls (their cost stays with turn and agent), and turns whose messages were deleted; 0: for ever.',
        ),
    })
    .prefault({}),
  disk: z
    .strictObject({
      low_mb: mib
        .default(2_048)
        .describe('Free MiB below which the operator is told who uses how much; at most 10 % of the disk.'),
      pause_mb: mib.default(1_024).describe('Free MiB below which no new turns begin; at most 5 % of the disk.'),
      stop_mb: mib
        .default(256)
        .describe(
          'Free MiB below which boxes are stopped and the rest is kept for the hive itself; at most 2.5 % of the disk.',
        ),
      reserve_mb: mib
        .default(64)
        .describe(
          'Size in MiB of a reserve file that is released so that stop, destroy and sign-in work on a full disk; at most 2 % of the disk.',
        ),
      shared_mb: mib
        .default(20_480)
        .describe(
          'Limit for all of /shared, in MiB; 0: no limit. Beyond it, the agent with the most files there is stopped.',
        ),
      shared_files: z.int().min(0).default(1_000_000).describe('The same as a number of files; 0: no limit.'),
      grace_ms: ms
        .default(600_000)
        .describe('How long an agent may be over its limit before it is stopped, as long as the disk is not low.'),
      measure_every_ms: ms
        .min(1_000)
        .default(300_000)
        .describe('How often all files are measured while there is enough free space.'),
    })
    .prefault({}),
  harness: z
    .strictObject({
      warm_idle_ms: ms.default(120_000).describe('An idle CLI process (about 310 MB) is ended after this.'),
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
  proxy: z
    .strictObject({
      https: proxyUrl.describe(
        "Proxy for https URLs, used by the gateway for providers and by set-up for packages. null: HTTPS_PROXY of hived's environment, otherwise the proxy for http. Not visible in boxes.",
      ),
      http: proxyUrl.describe("Proxy for http URLs; null: HTTP_PROXY of hived's environment."),
      no_proxy: z
        .string()
        .nullable()
        .default(null)
        .describe('Hosts that are connected to directly, separated by commas; null: NO_PROXY of the environment.'),
      ca_file: z
        .string()
        .startsWith('/', { error: 'must be an absolute path' })
        .nullable()
        .default(null)
        .describe(
          'Additional trusted certificates (a PEM file), e.g. of a proxy that decrypts TLS; null: NODE_EXTRA_CA_CERTS.',
        ),
    })
    .prefault({}),
  egress: z
    .strictObject({
      ask_ms: z
        .int()
        .min(0)
        .max(120_000)
        .default(20_000)
        .describe(
          'How long an agent’s request for a host that no rule is about waits for your answer (`hivectl approvals`), in milliseconds. 0: you are not asked, and such requests are refused at once.',
        ),
      hour_quota_mb: z
        .int()
        .min(0)
        .max(1_000_000_000)
        .default(0)
        .describe(
          'How much each agent may exchange with hosts outside in an hour, both directions together, in MB (1,000,000 bytes), unless a quota is set for it, its role or all agents (`hivectl egress quota`). 0: no quota.',
        ),
      day_quota_mb: z
        .int()
        .min(0)
        .max(1_000_000_000)
        .default(0)
        .describe(
          'How much each agent may exchange with hosts outside in a day, both directions together, in MB (1,000,000 bytes), unless a quota is set for it, its role or all agents (`hivectl egress quota`). 0: no quota.',
        ),
      month_quota_mb: z
        .int()
        .min(0)
        .max(1_000_000_000)
        .default(0)
        .describe(
          'How much each agent may exchange with hosts outside in a month, both directions together, in MB (1,000,000 bytes), unless a quota is set for it, its role or all agents (`hivectl egress quota`). 0: no quota.',
        ),
    })
    .prefault({}),
  gateway: z
    .strictObject({
      max_body_mb: z
        .int()
        .min(1)
        .max(1_024)
        .default(64)
        .describe(
          'Largest request to a model, in MiB; also the memory for all requests of one agent that are in progress.',
        ),
    })
    .prefault({}),
  forge: z
    .strictObject({ max_pack_mb: z.int().min(1).max(16_384).default(512).describe('Largest push, in MiB.') })
    .prefault({}),
  uids: z
    .strictObject({
      base: z
        .int()
        .min(1_000)
        .max(1_000_000_000)
        .default(200_000)
        .describe(
          'First of the numeric user IDs that the hive uses: services at +1 to +3, the group of /shared at +10, the user that measures files at +11, agents from +1000. Cannot be changed after the first start. Hives on one machine should be 100,000 apart, because the kernel counts processes and quotas per user.',
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
