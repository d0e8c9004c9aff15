import * as z from 'zod';
import { egressCaller, egressRule } from '../egress.ts';
import { agentName, epochMs, projectName, rowId, uuid } from '../names.ts';
import { answererName, baseUrl, keyLabel, providerKind, providerName } from './provider.ts';
import { networkAccess } from '../proxy.ts';
import { usageTotals } from './agent.ts';
import { gatewayMoment } from './gateway.ts';
import { agentModels, entryState, entryTitle, modelEntry, modelName } from './model.ts';
import { budgetUnit } from './budget.ts';
import { priceRow } from './price.ts';
import { memberships } from './project.ts';
import { LOGIN_ENDS, loginState } from './login.ts';

/**
 * hived's messages to a service over its stdin: JSON Lines. The first line is `configure`; a service does nothing
 * before it. End of input means that hived is gone: finish running work, then exit. A service prints one
 * `{"ready":true}` line on stdout once it listens; all its other output goes to stderr as log lines.
 */
export const serviceReady = z.object({ ready: z.literal(true) });

/** A service as its supervisor sees it. `reason` is why it is not running, or why it last ended. */
export const serviceStatus = z.strictObject({
  name: z.string(),
  state: z.enum(['starting', 'running', 'backing_off', 'stopped']),
  pid: z.int().nullable(),
  /** Starts after the first. */
  restarts: z.int(),
  reason: z.string().nullable(),
});

const servedAgent = z.strictObject({
  name: agentName,
  /** The path at which the service listens for this agent. hived made its directory, which the agent's box mounts. */
  socket: z.string(),
});

/**
 * hived → gateway. `agents`, `providers`, `quotas`, `injections`, `egress` and `budgets` replace the previous list.
 */
export const gatewayControl = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('configure'),
    /** Identifies this process in its reports: each new process gets another id. */
    instance: uuid,
    /** hived's socket for this service's reports. */
    reportSocket: z.string(),
    /** The path of the hive's own egress proxy, through which its forge reaches hosts outside. */
    hiveEgressSocket: z.string(),
    /** How the providers are reached. Sent only through this pipe: a proxy's URL may contain a password. */
    network: networkAccess,
    maxBodyBytes: z.int().positive(),
    /** What models cost. */
    prices: z.array(priceRow),
  }),
  /** The agents that have a socket, each with its provider: its spec's, or the hive's default. */
  z.strictObject({
    type: z.literal('agents'),
    agents: z.array(
      servedAgent.extend({
        provider: providerName,
        /** Absent: any model, answered by `provider`. */
        models: agentModels.optional(),
        /** The CLI of the agent's driver; absent for a driver that runs a program of the operator's choice. */
        cli: z.string().optional(),
        /** The path of the agent's egress proxy, in the same directory. */
        egressSocket: z.string(),
      }),
    ),
  }),
  /**
   * The quotas of bytes that hold for each agent now; an agent that is left out has none. Sent before `egress`, and
   * when a window ends.
   */
  z.strictObject({
    type: z.literal('quotas'),
    agents: z.array(
      z.strictObject({
        name: egressCaller,
        quotas: z.array(
          z.strictObject({
            bytes: z.int().positive(),
            used: z.int().nonnegative(),
            /** The quota and when its window ends, for the agent that is refused. */
            words: z.string(),
          }),
        ),
        /** The sums of `reportTraffic` that `used` contains, of the newest instances of the gateway. */
        counted: z.array(z.strictObject({ instance: uuid, bytes: z.int().nonnegative() })),
      }),
    ),
  }),
  /**
   * The secrets that the gateway adds to requests of each agent, and of the hive itself. Sent before `egress`, and only through this pipe: the
   * values are nowhere else in the gateway but in its memory.
   */
  z.strictObject({
    type: z.literal('injections'),
    agents: z.array(
      z.strictObject({
        name: egressCaller,
        injections: z.array(
          z.strictObject({
            id: rowId,
            host: z.string(),
            /** The port of the box's request, and the one that the gateway connects to with TLS. */
            askedPort: z.int(),
            port: z.int(),
            header: z.string(),
            /** Null: the secret has no value, or none that a header can hold. Requests are refused. */
            credential: z.strictObject({ secret: z.string(), value: z.string() }).nullable(),
          }),
        ),
      }),
    ),
  }),
  /** The rules of each agent for hosts outside; an agent that is left out reaches none. */
  z.strictObject({
    type: z.literal('egress'),
    agents: z.array(z.strictObject({ name: egressCaller, rules: z.array(egressRule) })),
  }),
  /**
   * Every provider with its keys, in the order in which they were set. A provider without a key is answered by the demo
   * model if `demo` is true, else its calls are refused.
   */
  z.strictObject({
    type: z.literal('providers'),
    providers: z.array(
      z.strictObject({
        name: providerName,
        kind: providerKind,
        baseUrl,
        keys: z.array(
          z.strictObject({
            label: keyLabel,
            key: z.string().min(1),
            /** When it was set: the same key set again is another account. */
            setAt: z.number().nonnegative(),
            /** Of a login, whose access token is `key`: what renews it. */
            login: loginState.optional(),
          }),
        ),
        /** Where its logins are used and renewed; absent for a kind that has none. */
        logins: z.strictObject({ baseUrl, tokenUrl: baseUrl }).optional(),
        demo: z.boolean(),
      }),
    ),
  }),
  /** The budgets that hold now; replaces the previous list. Sent at every change, and after every batch of reports. */
  z.strictObject({
    type: z.literal('budgets'),
    /** The newest call (`usageRecord.call`) of this instance of the gateway that `spent` contains; empty and 0 for none. */
    instance: uuid.or(z.literal('')),
    upTo: z.int().nonnegative(),
    budgets: z.array(
      z.strictObject({
        id: rowId,
        /** The window in which `spent` was used: its start, or the turn of a budget per turn. */
        window: z.int().nonnegative(),
        agents: z.array(agentName),
        unit: budgetUnit,
        amount: z.number().positive(),
        spent: z.number().nonnegative(),
        /** The budget and when its window ends, for the agent that is refused. */
        words: z.string(),
      }),
    ),
  }),
  /** Make one free call to a provider and report its result, once (`reportTest`). */
  z.strictObject({ type: z.literal('test'), id: uuid, provider: providerName }),
  /** Ask a provider what it counted since the beginning of a day (UTC, epoch ms), and report it once (`reportBill`). */
  z.strictObject({ type: z.literal('bill'), id: uuid, provider: providerName, adminKey: z.string(), from: epochMs }),
  /** Report the state of these entries now, once (`reportEntries`). */
  z.strictObject({ type: z.literal('entries'), id: uuid, entries: z.array(modelEntry) }),
  /** Report what the gateway does now, once (`reportMoment`). */
  z.strictObject({ type: z.literal('moment'), id: uuid }),
]);
export type GatewayControl = z.infer<typeof gatewayControl>;

/** More than one call can use: sums of calls stay numbers, whatever a gateway reports. */
const MOST_TOKENS = 10_000_000_000;
const MOST_USD = 1_000_000;
const callTokens = z.int().nonnegative().max(MOST_TOKENS);
const callUsage = usageTotals.extend({
  inputTokens: callTokens,
  outputTokens: callTokens,
  cacheReadTokens: callTokens,
  cacheWriteTokens: callTokens,
  costUsd: z.number().nonnegative().max(MOST_USD).nullable(),
});

/** The start of a call to a paid model. Its end is a usageRecord with the same id. */
export const callStart = z.strictObject({
  id: uuid,
  agent: agentName,
  provider: providerName,
  startedAt: epochMs,
  /** What budgets count for it if its end is never reported: reserved from its size and its limit of output. */
  reservedUsd: z.number().nonnegative().max(MOST_USD).nullable().default(null),
  reservedTokens: callTokens.default(0),
});
export type CallStart = z.infer<typeof callStart>;

/** One call to a model, as the gateway counted it. `id` makes the report idempotent. */
export const usageRecord = z.strictObject({
  id: uuid,
  agent: agentName,
  provider: answererName,
  model: z.string().max(200),
  /** Of a fallback: whom it stands in for, as `provider/model`. */
  insteadOf: entryTitle.optional(),
  startedAt: epochMs,
  endedAt: epochMs,
  /** The HTTP status sent to the box; 0 when the box disconnected before an answer. */
  status: z.int(),
  usage: callUsage,
  /** The output tokens spent on reasoning, where the provider reports them. */
  reasoningTokens: z.int().nonnegative().default(0),
  /** Those of the tokens written to the cache that it keeps for an hour. */
  cacheWrite1hTokens: callTokens.default(0),
  /** The answer was not read to its end: tokens that the provider did not report are estimated. */
  estimated: z.boolean().default(false),
  /**
   * What budgets count at least, of a call whose cost is unknown: its price by the list, or what was reserved for an
   * answer of which nothing could be counted. Null otherwise.
   */
  counted: z
    .strictObject({ usd: z.number().nonnegative().max(MOST_USD).nullable(), tokens: callTokens })
    .nullable()
    .default(null),
  /** Counts up from 1 in each gateway, in the order of the reports; 0 from a gateway of an older build. */
  call: z.int().nonnegative().default(0),
});
export type UsageRecord = z.infer<typeof usageRecord>;

/** Whether a provider accepts a key that the gateway received. */
export const keyReport = z.strictObject({
  provider: providerName,
  /** The key's label. */
  key: keyLabel,
  /** `refused` with the status of the answer (mostly 401 or 403); `accepted` when a call succeeded after that. */
  state: z.enum(['refused', 'accepted']),
  status: z.int(),
  /** Of a login that has ended. */
  ended: z.enum(LOGIN_ENDS).optional(),
});
export type KeyReport = z.infer<typeof keyReport>;

/**
 * The kinds of limits on an agent's calls: `rate` for a rate limit of an account, `quota` for a quota that is exhausted
 * until its window resets or somebody pays, `overloaded` for a provider that accepts no further calls from anybody.
 */
export const LIMIT_KINDS = ['rate', 'quota', 'overloaded'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/** The states of entries, in the order in which a line asked for them. */
export const entryReport = z.strictObject({ id: uuid, states: z.array(entryState) });
export type EntryReport = z.infer<typeof entryReport>;

/** What the gateway does, for the line that asked. */
export const momentReport = z.strictObject({ id: uuid, moment: gatewayMoment });
export type MomentReport = z.infer<typeof momentReport>;

/** A limit reported by a provider's answer. */
export const limitReport = z.strictObject({
  agent: agentName,
  provider: answererName,
  /** The group of the provider's models that shares the limit; null when unknown. */
  modelClass: modelName.nullable(),
  kind: z.enum(LIMIT_KINDS),
  /** Its end; null when the answer did not give one. In the past: it has ended. */
  until: epochMs.nullable(),
  /** The key that it holds, by its label; null for the limit that is left when all of several keys are held. */
  key: keyLabel.nullable().default(null),
  /** It is only about that key: the call was made with another one, or has succeeded. */
  isOfKeyOnly: z.boolean().default(false),
  /** When the limited call began. */
  at: epochMs,
  /** The fallback that is asked instead, as `provider/model`; absent: the limit is the agent's answer. */
  fallback: entryTitle.optional(),
});
export type LimitReport = z.infer<typeof limitReport>;

/** A budget that stopped a call of an agent: refused it, or cut it off in the middle. */
export const budgetStop = z.strictObject({
  agent: agentName,
  budget: rowId,
  window: z.int().nonnegative(),
  cut: z.boolean(),
  at: epochMs,
});
export type BudgetStop = z.infer<typeof budgetStop>;

/** The result of one free call to the provider, as a line for the operator; it contains no key and no password. */
export const providerTest = z.strictObject({
  ok: z.boolean(),
  /** The cause of the failure; null when the test succeeded. */
  about: z.enum(['key', 'address', 'proxy', 'certificate', 'network', 'provider', 'gateway']).nullable(),
  found: z.string().max(1_000),
  /** A sentence for hivectl and the page. */
  advice: z.string().max(500).nullable(),
  /** The command of hivectl that follows the advice. */
  command: z.string().max(200).optional(),
});
export type ProviderTest = z.infer<typeof providerTest>;

/** A host to whose requests the gateway adds a secret of the hive's: asked for without TLS, at `askedPort`. */
const injectedHost = z.strictObject({
  host: z.string(),
  askedPort: z.int(),
  /** The port to which the gateway connects, with TLS. */
  port: z.int(),
  /** Whether it is a user name and password in the header that git uses. */
  isForGit: z.boolean(),
});
export type InjectedHost = z.infer<typeof injectedHost>;

/** hived → forge. */
export const forgeControl = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('configure'),
    /** The directory of forge.db and repositories/. */
    dir: z.string(),
    /** The forge's own socket for hived and the dashboard: the operator's rights. */
    operatorSocket: z.string(),
    /** The socket on which tokens identify callers: the dashboard passes requests from outside to it. */
    tokenSocket: z.string(),
    /** Group that may use both sockets (the dashboard's); null leaves the group alone. */
    operatorGid: z.int().nullable(),
    /** hived's socket that searches pushes for secrets (wire/secret-search.ts): the forge does not hold them. */
    searchSocket: z.string(),
    /** The hive's own egress proxy of the gateway: the forge's only way to hosts outside. */
    egressSocket: z.string(),
    /** Certificates that are accepted beside the usual ones, in PEM format. */
    caPem: z.string().nullable(),
    maxPackBytes: z.int().positive(),
    /** Runs of checks that all merge queues have under way; the room of all artifacts, and how long they are kept; the room of all caches. */
    checks: z.strictObject({
      queueRuns: z.int().positive(),
      artifactBytes: z.int().nonnegative(),
      artifactDays: z.int().positive(),
      cacheBytes: z.int().nonnegative(),
    }),
    /** The path of better-sqlite3's native module in an installed app; null: node's own resolution. */
    sqliteBinding: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal('agents'),
    agents: z.array(
      servedAgent.extend({
        isManager: z.boolean(),
        parent: agentName.nullable().default(null),
        /** When it was made: what the forge keeps of an earlier agent of its name is older. 0 from an older hived. */
        madeAt: epochMs.default(0),
        /** As in its spec; null from an older hived. */
        role: z.string().nullable().default(null),
        /** Its level in each of its projects. */
        projects: memberships.default({}),
      }),
    ),
    projects: z.array(projectName).default([]),
  }),
  /** Hosts for which the gateway has a secret of the hive's; replaces the previous list. It has no values. */
  z.strictObject({ type: z.literal('injected'), hosts: z.array(injectedHost) }),
]);
export type ForgeControl = z.infer<typeof forgeControl>;

/** hived → dashboard. */
export const dashboardControl = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('configure'),
    /** Part of its cookie's name: two hives on one host name must not sign each other out. */
    hiveId: z.string(),
    host: z.string(),
    port: z.int().min(0).max(65_535),
    /** Additional Host names it accepts (a reverse proxy's), each with its port where not the default. */
    allowedHosts: z.array(z.string()),
    /** hived's operator surface. */
    hivedSocket: z.string(),
    forgeSocket: z.string(),
    forgeTokenSocket: z.string(),
    /** Directory of the built page. */
    webDir: z.string(),
  }),
]);
export type DashboardControl = z.infer<typeof dashboardControl>;
