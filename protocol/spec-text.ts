import { NOTICE_KINDS } from './notices.ts';
import type { SpecField } from './spec-fields.ts';

/** The allowed range of each limit. `disk*`: 0 is no limit. Units are in the names. */
export const LIMIT_RANGES = {
  memoryMb: { min: 256, max: 1_048_576 },
  cpus: { min: 0.1, max: 256 },
  pids: { min: 64, max: 65_536 },
  tmpMb: { min: 16, max: 65_536 },
  diskMb: { min: 0, max: 1_073_741_824 },
  diskFiles: { min: 0, max: 1_000_000_000 },
} as const;

/** The allowed range of a turn's limits; 0 is no limit. */
export const TURN_RANGES = {
  turnToolCalls: { min: 0, max: 1_000_000 },
  turnOutputKb: { min: 0, max: 1_000_000 },
} as const;

/** The longest prompt, in characters. */
export const MAX_PROMPT_CHARS = 20_000;

/** What becomes of a request for a host that no rule is about: the operator is asked, or it is refused at once. */
export const UNKNOWN_HOSTS = ['ask', 'refuse'] as const;
type UnknownHosts = (typeof UNKNOWN_HOSTS)[number];

/** Parses it as typed; null for other words. */
export function readUnknownHosts(typed: string): UnknownHosts | null {
  return UNKNOWN_HOSTS.find((word) => word === typed.trim()) ?? null;
}

/** The texts of a field for people: hivectl's option, the page's label, and the meaning. */
export interface SpecText {
  readonly field: SpecField;
  readonly option: string;
  readonly label: string;
  readonly about: string;
}

/** Every field that people set, in the order of the form. Without `driver` and `command`: only hivectl sets those. */
export const SPEC_TEXTS = [
  {
    field: 'role',
    option: '--role <words>',
    label: 'Role',
    about: 'what it is for, in a word or two; other agents see it',
  },
  { field: 'model', option: '--model <name>', label: 'Model', about: 'the model, as the CLI names it' },
  {
    field: 'provider',
    option: '--provider <name>',
    label: 'Provider',
    about: 'who serves its model; "hivectl provider ls" lists them',
  },
  { field: 'image', option: '--image <name>', label: 'Image', about: 'the image its box is made from' },
  {
    field: 'prompt',
    option: '--prompt <text>',
    label: 'Prompt',
    about: 'your words to it, added to the hive\'s own; "-" reads them from stdin',
  },
  { field: 'limits.memoryMb', option: '--memory <MiB>', label: 'Memory (MiB)', about: 'memory of its box' },
  { field: 'limits.cpus', option: '--cpus <number>', label: 'CPU cores', about: 'CPU time of its box, in cores' },
  { field: 'limits.pids', option: '--pids <number>', label: 'Processes', about: 'processes and threads in its box' },
  {
    field: 'limits.tmpMb',
    option: '--tmp <MiB>',
    label: '/tmp (MiB)',
    about: 'room in /tmp of its box, counted as memory',
  },
  {
    field: 'turnTimeoutMs',
    option: '--turn-timeout <time>',
    label: 'Turn time-out (minutes)',
    about: 'a turn that takes longer is ended, e.g. 2h',
  },
  {
    field: 'turnToolCalls',
    option: '--turn-calls <number>',
    label: 'Tool calls of a turn',
    about: 'a turn with more tool calls is ended; 0 is no limit',
  },
  {
    field: 'turnOutputKb',
    option: '--turn-output <kB>',
    label: 'Output of a turn (kB)',
    about: 'a turn whose transcript is longer is ended; 0 is no limit',
  },
  { field: 'limits.diskMb', option: '--disk <MiB>', label: 'Files (MiB)', about: 'room for its files; 0 is no limit' },
  {
    field: 'limits.diskFiles',
    option: '--disk-files <number>',
    label: 'Number of files',
    about: 'files and directories it may have; 0 is no limit',
  },
  {
    field: 'tools',
    option: '--tools <list>',
    label: 'Tools',
    about: "the CLI's own tools it may use, e.g. Bash,Read",
  },
  {
    field: 'unknownHosts',
    option: '--unknown-hosts <word>',
    label: 'Unknown hosts',
    about: 'requests for hosts that no rule is about: "ask" you, or "refuse" at once',
  },
  {
    field: 'wakeFor',
    option: '--wake-for <list>',
    label: 'Notices that start a turn',
    about: `the hive's notices that start a turn: all, none, default or a list of ${NOTICE_KINDS.join(', ')}`,
  },
  {
    field: 'projects',
    option: '--project <name=level>',
    label: 'Projects',
    about:
      'a project in the forge and its level there (read, review, write, merge; none leaves it); may be given several times',
  },
] as const satisfies readonly SpecText[];

/** Parses a limit as typed: its value, or the error as the end of a sentence about it. */
export function readLimit(
  limit: keyof typeof LIMIT_RANGES | keyof typeof TURN_RANGES,
  typed: string,
): { readonly value: number } | { readonly problem: string } {
  const { min, max } = { ...LIMIT_RANGES, ...TURN_RANGES }[limit];
  const value = typed.trim() === '' ? Number.NaN : Number(typed);
  if (limit === 'cpus' ? !(Number.isFinite(value) && value > 0) : !Number.isInteger(value) || value < Math.min(1, min))
    return { problem: `is ${limit === 'cpus' ? 'a number above 0, e.g. 0.5' : sayWhole(min)}, not "${typed}"` };
  if (value < min || value > max) return { problem: `is from ${min} to ${max}, not "${typed}"` };
  return { value };
}

function sayWhole(min: number): string {
  return min === 0 ? 'a whole number, 0 for no limit' : 'a whole number above 0';
}

/** Parses projects as typed, `web=write, docs=review`. Null for a text of another form; hived checks the names. */
export function readProjects<L extends string>(typed: string, levels: readonly L[]): Record<string, L> | null {
  const entries = typed
    .split(/[,\s]+/)
    .filter((word) => word !== '')
    .map((word) => word.split('='));
  const isWell = entries.every(([name = '', level, ...rest]) => {
    return name !== '' && rest.length === 0 && (levels as readonly (string | undefined)[]).includes(level);
  });
  return isWell ? (Object.fromEntries(entries) as Record<string, L>) : null;
}

/** Parses a list of tools as typed: names separated by commas or spaces. */
export function readTools(typed: string): string[] {
  return typed.split(/[,\s]+/).filter((tool) => tool !== '');
}
