import { z } from 'zod';
import { CONFIG_DEFAULTS } from '../../../protocol/hive-places.ts';
import { agentName } from '../../../protocol/names.ts';
import { DEFAULT_PROVIDER, mapProviders, type ProviderName, providerFacts } from '../../../protocol/providers.ts';
import { providerName } from '../../../protocol/schemas/provider.ts';
import { imageName, limits } from '../../../protocol/schemas/agent.ts';
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

function providerConfig(name: ProviderName) {
  const { label, baseUrl } = providerFacts(name);
  return z
    .strictObject({ base_url: z.url().default(baseUrl).describe(`Where the gateway reaches ${label}'s API.`) })
    .prefault({});
}

/**
 * Every key of config.yaml. Descriptions become docs/configuration.md, so they give units and what
 * the key is for. All keys have defaults: an empty or absent file is a good configuration.
 */
export const configSchema = z.strictObject({
  dashboard: z
    .strictObject({
      host: z
        .string()
        .default(CONFIG_DEFAULTS.dashboardHost)
        .describe('Address the dashboard listens on. Loopback unless a reverse proxy with TLS stands before it.'),
      port: z.int().min(1).max(65_535).default(CONFIG_DEFAULTS.dashboardPort).describe('Port of the dashboard.'),
      allowed_hosts: z
        .array(z.string())
        .default([])
        .describe('Further Host headers it answers to (name, or name:port), for a reverse proxy.'),
    })
    .prefault({}),
  engine: z
    .strictObject({
      socket: z.string().default(CONFIG_DEFAULTS.engineSocket).describe("The container engine's Unix socket."),
      start: z
        .enum(['auto', 'never'])
        .default(CONFIG_DEFAULTS.engineStart)
        .describe(
          'auto: when the engine is away, no service manager runs it and hived is root, hived starts dockerd itself.',
        ),
      args: z.array(z.string()).default([]).describe('Further arguments for a dockerd that hived starts itself.'),
    })
    .prefault({}),
  toolchain_dir: z
    .string()
    .nullable()
    .default(null)
    .describe('Where node, the harness and the LLM CLIs lie that boxes see at /opt/hive; null is <root>/toolchain.'),
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
    .describe('Agents that are made when the hive starts for the first time. The first one must be "manager".')
    .refine((list) => list[0]?.name === 'manager', { error: 'the first of first_agents must be named "manager"' })
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
      error: 'two of first_agents have the same name',
    }),
  defaults: z
    .strictObject({
      model: z.string().default('sonnet').describe('Model of agents whose spec names none, as their CLI calls it.'),
      provider: providerName
        .default(DEFAULT_PROVIDER)
        .describe('Who serves the models of agents whose spec names no provider.'),
      image: imageName.default(CONFIG_DEFAULTS.image).describe('Image of boxes whose spec names none.'),
      tools: z
        .array(z.string())
        .default(['Bash', 'Edit', 'Read', 'Write'])
        .describe(
          "The CLI's own tools; few keep every request small (all of them: 76 KB a request, these four: 13 KB).",
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
        .describe('A turn that takes longer is interrupted and counts as failed.'),
      limits: z
        .strictObject({
          memory_mb: limits.shape.memoryMb.default(2_048).describe('Memory of a box in MiB; swap is not added.'),
          cpus: limits.shape.cpus.default(2).describe('CPU time of a box, in cores.'),
          pids: limits.shape.pids.default(512).describe('Processes and threads in a box.'),
          tmp_mb: limits.shape.tmpMb
            .default(512)
            .describe(
              'Size of /tmp in a box, in MiB. It counts as memory: left out, a box with little of it gets a smaller one (memory_mb less 448); one that is given and does not fit is refused.',
            ),
          disk_mb: limits.shape.diskMb
            .default(10_240)
            .describe(
              "An agent's state, harness and what it owns in /shared, in MiB; 0: no limit. Measured, not hard.",
            ),
          disk_files: limits.shape.diskFiles
            .default(1_000_000)
            .describe('The same as a count of files and directories; 0: no limit.'),
        })
        .prefault({}),
    })
    .prefault({}),
  broker: z
    .strictObject({
      lease_ms: ms
        .min(3_000)
        .default(60_000)
        .describe('A turn whose harness has not been heard of for so long loses its messages to the next turn.'),
      max_failures: z.int().min(1).max(100).default(5).describe('A message is dead after so many failed turns.'),
      turn_max_messages: z
        .int()
        .min(1)
        .max(200)
        .default(50)
        .describe('At most so many messages enter one turn; the rest follows in the next.'),
      turn_max_bytes: z
        .int()
        .min(65_536)
        .default(131_072)
        .describe('At most so many bytes of message text enter one turn.'),
      routing: z
        .enum(['open', 'tree'])
        .default('open')
        .describe(
          'open: every agent may write to every other. tree: to its parent and its children, to siblings with a copy to the parent, across branches by way of the nearest common ancestor; an agent with the role "task" only to its parent.',
        ),
      mailbox_max_messages: z
        .int()
        .min(1)
        .default(10_000)
        .describe('A mailbox in which so many messages wait takes no more from agents.'),
      mailbox_max_bytes: z.int().min(65_536).default(67_108_864).describe('The same, for bytes of text that wait.'),
      send_burst: z.int().min(1).default(60).describe('Messages that an agent may send at once.'),
      send_per_minute: z
        .number()
        .min(1)
        .default(120)
        .describe('Messages a minute that an agent may send in the long run.'),
      loop_slow_hops: z
        .int()
        .min(2)
        .default(6)
        .describe(
          'Two agents that write to and fro so often without other work are slowed down; near-identical texts count threefold.',
        ),
      loop_pause_hops: z
        .int()
        .min(3)
        .default(12)
        .describe('After so many the talk is paused, and the operator is asked whether it may go on.'),
      loop_max_hops: z.int().min(3).default(100).describe('The same, whatever work is done meanwhile.'),
      loop_quiet_ms: ms.min(1_000).default(600_000).describe('A silence that long begins the count anew.'),
      max_reminders: z
        .int()
        .min(1)
        .default(100)
        .describe('Reminders and schedules that an agent may have standing together.'),
      reminder_burst: z.int().min(1).default(20).describe('Reminders and schedules that an agent may set at once.'),
      reminder_per_minute: z
        .number()
        .min(0.1)
        .default(10)
        .describe('After a burst, an agent may set so many reminders and schedules a minute; its sends are apart.'),
      attachment_max_bytes: z
        .int()
        .min(1)
        .max(MAX_FILE_BYTES)
        .default(MAX_FILE_BYTES)
        .describe('Largest file that a message may carry, in bytes.'),
      attachments_total_max_bytes: z
        .int()
        .min(4_096)
        .default(2_147_483_648)
        .describe('Room on disk for the files of all messages together, in bytes; each takes whole blocks of 4096.'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      messages_days: days
        .default(0)
        .describe('Messages that everybody is done with are deleted after so many days; 0 keeps them for ever.'),
      notices_days: days.default(90).describe("The same, for the hive's own notices and for reminders that fired."),
      transcript_days: days
        .default(90)
        .describe('Texts, tool calls and results of turns in the event log; 0: for ever.'),
      events_days: days
        .default(365)
        .describe(
          'All other events, the single calls to models (what they cost stays with turn and agent), and turns whose mail is gone; 0: for ever.',
        ),
    })
    .prefault({}),
  disk: z
    .strictObject({
      low_mb: mib
        .default(2_048)
        .describe('Free MiB below which everybody is told who uses how much; at most 10 % of the disk.'),
      pause_mb: mib.default(1_024).describe('Free MiB below which no new turns begin; at most 5 % of the disk.'),
      stop_mb: mib
        .default(256)
        .describe(
          'Free MiB below which boxes are stopped and the hive keeps the rest for itself; at most 2.5 % of the disk.',
        ),
      reserve_mb: mib
        .default(64)
        .describe(
          'A file of so many MiB that the hive gives up to stop, destroy and sign in on a full disk; at most 2 % of the disk.',
        ),
      shared_mb: mib.default(20_480).describe('All of /shared, in MiB; 0: no limit. Its biggest owner is stopped.'),
      shared_files: z.int().min(0).default(1_000_000).describe('The same as a count; 0: no limit.'),
      grace_ms: ms
        .default(600_000)
        .describe('How long an agent may be over its limit before it is stopped, while the disk is not low.'),
      measure_every_ms: ms
        .min(1_000)
        .default(300_000)
        .describe("How often everybody's files are measured when the disk does not call for it."),
    })
    .prefault({}),
  harness: z
    .strictObject({
      warm_idle_ms: ms.default(120_000).describe('A warm CLI (about 310 MB) with nothing to do is let go after this.'),
      silent_ms: ms
        .min(5_000)
        .default(90_000)
        .describe('A box whose harness has not been heard of for so long is restarted.'),
    })
    .prefault({}),
  rebuild: z
    .strictObject({
      manager_wait_ms: ms
        .default(120_000)
        .describe('rebuild --all: how long the others wait for the manager to have had its turn about it.'),
      stop_grace_ms: ms.default(5_000).describe('How long a box has to end by itself before it is killed.'),
    })
    .prefault({}),
  providers: z.strictObject(mapProviders(providerConfig)).prefault({}),
  proxy: z
    .strictObject({
      https: proxyUrl.describe(
        "Proxy for https addresses: the gateway's way to the provider, and set-up's to packages. null: HTTPS_PROXY of hived's environment, else that for http. Boxes see nothing of it.",
      ),
      http: proxyUrl.describe("Proxy for http addresses; null: HTTP_PROXY of hived's environment."),
      no_proxy: z
        .string()
        .nullable()
        .default(null)
        .describe('Hosts that are reached directly, separated by commas; null: NO_PROXY of the environment.'),
      ca_file: z
        .string()
        .startsWith('/', { error: 'must be an absolute path' })
        .nullable()
        .default(null)
        .describe(
          'Further certificates that are trusted (PEM), e.g. of a proxy that opens TLS; null: NODE_EXTRA_CA_CERTS.',
        ),
    })
    .prefault({}),
  gateway: z
    .strictObject({
      max_body_mb: z.int().min(1).max(1_024).default(64).describe('Largest request to a model, in MiB.'),
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
          'First of the numeric users that the hive uses: services at +1 to +3, the group of /shared at +10, who measures files at +11, agents from +1000. Fixed once the hive began. Hives of one machine should be 100,000 apart: the kernel counts processes and quotas by user.',
        ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe("How much hived's own log says."),
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
