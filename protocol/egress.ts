import * as z from 'zod';
import { HIVE } from './hive-caller.ts';
import { agentName, BROADCAST, roleAddress, rowId } from './names.ts';

/**
 * The hosts of a package manager or a site, which one rule allows together. test/egress.test.ts uses those of npm and
 * debian; the others are from the documentation of their clients, and untried.
 */
export const EGRESS_PRESETS = {
  npm: ['registry.npmjs.org'],
  pypi: ['pypi.org', 'files.pythonhosted.org'],
  crates: ['crates.io', 'index.crates.io', 'static.crates.io'],
  go: ['proxy.golang.org', 'sum.golang.org'],
  debian: ['deb.debian.org', 'security.debian.org'],
  github: [
    'github.com',
    'api.github.com',
    'codeload.github.com',
    'raw.githubusercontent.com',
    'objects.githubusercontent.com',
    'release-assets.githubusercontent.com',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;
type EgressPreset = keyof typeof EGRESS_PRESETS;
export const PRESET_NAMES = Object.keys(EGRESS_PRESETS) as EgressPreset[];

/** The ports of a rule that names none. */
export const TUNNEL_PORT = 443;
export const PLAIN_PORT = 80;

/** What a rule is about: the hosts of a preset, or one host pattern with the port it names. */
interface EgressTarget {
  /** Exact names, or `*.domain` for every name below a domain. */
  readonly hosts: readonly string[];
  /** Null: the default ports. */
  readonly port: number | null;
}

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** Whether it is a host name in the only form that the gateway compares: lower case, ASCII, at least two labels. */
export function isHostName(text: string): boolean {
  const labels = text.split('.');
  return text.length <= 253 && labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !isNumberHost(text);
}

/** Whether URL parsers take it for an IPv4 address, in any notation: its last label is a number. */
export function isNumberHost(text: string): boolean {
  const last = text.replace(/\.$/, '').split('.').at(-1) ?? '';
  return /^(?:\d+|0x[0-9a-f]*)$/i.test(last);
}

/** Reads a rule's target as the operator wrote it; a string is the reason why it is not a target. */
export function readEgressTarget(text: string): EgressTarget | string {
  const preset = EGRESS_PRESETS[text as EgressPreset] as readonly string[] | undefined;
  if (preset !== undefined && Object.hasOwn(EGRESS_PRESETS, text)) return { hosts: preset, port: null };
  if (text.includes('://') || text.includes('/'))
    return `"${text}" is not a host: write only its name, like example.com.`;
  if (text.includes('[') || text.split(':').length > 2 || isNumberHost(text.split(':')[0] ?? ''))
    return `"${text}" is an IP address: a rule names a host. Where that host is can be given with --address.`;
  const [host = '', port] = text.split(':');
  if (port !== undefined && !isPort(port)) return `"${port}" is not a port: ports are 1 to 65535.`;
  const domain = host.startsWith('*.') ? host.slice(2) : host;
  if (host === '*') return 'A rule cannot allow every host: name the hosts that the agent needs.';
  if (domain !== host && !domain.includes('.'))
    return `"${host}" is too wide: a wildcard stands before at least two labels, like *.example.com.`;
  if (domain.includes('*')) return `"${host}": the wildcard stands only at the beginning, like *.example.com.`;
  if (!host.includes('.'))
    return `"${host}" is neither a preset (${PRESET_NAMES.join(', ')}) nor a host name, which has a dot.`;
  if (!isHostName(domain))
    return `"${host}" is not a host name: lower-case ASCII letters, digits, "-" and dots (others in their xn-- form).`;
  return { hosts: [host], port: port === undefined ? null : Number(port) };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** A rule's target: a preset's name, or `host`, `host:port`, `*.domain`, `*.domain:port`. */
export const egressTarget = z.string().check((given) => {
  const read = given.value.length > 300 ? 'That is too long for a host name.' : readEgressTarget(given.value);
  if (typeof read === 'string') given.issues.push({ code: 'custom', message: read, input: given.value });
});

/**
 * The header, with the refusal's code, by which an answer of the gateway itself is told from that of a host: it passes none of
 * that name on.
 */
export const REFUSAL_HEADER = 'x-hive-refusal';

/** Who reaches hosts outside: an agent, or the hive itself. Each has a socket, rules, quotas and a log of its own. */
export const egressCaller = z.union([agentName, z.literal(HIVE)]);
export type EgressCaller = z.infer<typeof egressCaller>;

/** Whose rule it is: an agent's, that of all agents with a role, that of all agents, or the hive's own. */
export const egressSubject = z.union([agentName, roleAddress, z.literal(BROADCAST), z.literal(HIVE)], {
  error: 'a rule is for an agent\'s name, "@role:<role>", "*" (all agents), or "hive" (the hive itself)',
});

export const egressVerdict = z.enum(['allow', 'deny']);
/** How long a rule stands: until it is removed, until the agent's present or next turn ends, or for one connection. */
export const egressTerm = z.enum(['always', 'turn', 'once']);
/** A host as an agent may ask for it. */
export const egressHost = z.string().refine(isHostName, { error: 'that is not a host name' });

/** The methods that a rule may name for plain HTTP. */
export const egressMethod = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A rule as the gateway applies it to one agent: with hosts in place of presets. */
export const egressRule = z.strictObject({
  id: rowId,
  verdict: egressVerdict,
  hosts: z.array(z.string()),
  /** Null: 443 for tunnels, 80 for plain HTTP. */
  port: z.int().min(1).max(65_535).nullable(),
  /** Absent: for both. */
  kind: z.enum(['tunnel', 'plain']).optional(),
  /** For plain HTTP, whose requests the gateway reads; null: all. */
  methods: z.array(egressMethod).nullable(),
  /** Where the host is, instead of what its name resolves to; may be a private address. */
  address: z.string().nullable(),
  /** Ends with the first connection that it allows. */
  once: z.boolean(),
});
export type EgressRule = z.infer<typeof egressRule>;
