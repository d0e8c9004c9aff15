import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type * as z from 'zod';
import { DRIVER_NAMES, type DriverName } from '../../../protocol/drivers/drivers.ts';
import { type NoticeKind, readWakeFor } from '../../../protocol/notices.ts';
import { agentSpec, type agentSpecInput } from '../../../protocol/schemas/agent.ts';
import { MEMBERSHIP_WORDS, membershipChanges } from '../../../protocol/schemas/project.ts';
import {
  type LIMIT_RANGES,
  MAX_PROMPT_CHARS,
  readLimit,
  readProjects,
  readTools,
  readUnknownHosts,
  SPEC_TEXTS,
  type TURN_RANGES,
  UNKNOWN_HOSTS,
} from '../../../protocol/spec-text.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { CliContext } from '../context.ts';
import { readProvider } from '../read-provider.ts';
import { readDuration } from '../read-duration.ts';
import { decodeUtf8, readStdin } from '../read-stdin.ts';
import { collect, type Options } from './command.ts';

/** The parts of a spec that can be given when an agent is created; the rest comes from `defaults` in config.yaml. */
export function addSpecOptions(command: Command): void {
  for (const [flags, about] of SPEC_OPTIONS)
    if (flags.startsWith('--project ')) command.option(flags, about, collect);
    else command.option(flags, about);
}

const SPEC_OPTIONS: readonly (readonly [flags: string, description: string])[] = [
  ...SPEC_TEXTS.map(({ option, about }) => [option, about] as const),
  ['--driver <name>', `what runs its turns: ${DRIVER_NAMES.join(', ')}`],
  ['--command <words>', 'the program that the driver "script" runs, as words or as a JSON list'],
  ['--prompt-file <path>', 'the prompt, from a file'],
];

type SpecInput = z.input<typeof agentSpecInput>;

/**
 * The parts of a spec from a command's options, with the prompt read from its file or stdin. Throws `invalid_input`.
 */
export async function readSpec(context: CliContext, options: Options): Promise<SpecInput> {
  const spec: SpecInput = {};
  if (options['role'] !== undefined) spec.role = String(options['role']);
  if (options['driver'] !== undefined) spec.driver = readDriver(String(options['driver']));
  if (options['command'] !== undefined) spec.command = readCommandWords(String(options['command']));
  if (options['model'] !== undefined) spec.model = String(options['model']);
  if (options['provider'] !== undefined) spec.provider = readProvider(String(options['provider']));
  if (options['image'] !== undefined) spec.image = String(options['image']);
  const prompt = await readPrompt(context, options);
  if (prompt !== undefined) spec.prompt = prompt;
  if (options['tools'] !== undefined) spec.tools = readTools(String(options['tools']));
  if (options['turnTimeout'] !== undefined)
    spec.turnTimeoutMs =
      1_000 * readDuration(String(options['turnTimeout']), { what: '--turn-timeout', from: 1, to: 86_400 });
  if (options['turnCalls'] !== undefined)
    spec.turnToolCalls = readBound('turn-calls', 'turnToolCalls', options['turnCalls']);
  if (options['turnOutput'] !== undefined)
    spec.turnOutputKb = readBound('turn-output', 'turnOutputKb', options['turnOutput']);
  if (options['unknownHosts'] !== undefined) spec.unknownHosts = readUnknown(String(options['unknownHosts']));
  if (options['wakeFor'] !== undefined) spec.wakeFor = readKinds(String(options['wakeFor']));
  if (options['project'] !== undefined) spec.projects = readMemberships(options['project'] as readonly string[]);
  const limits = readLimits(options);
  return Object.keys(limits).length === 0 ? spec : { ...spec, limits };
}

/** The name of each limit's option. */
const LIMIT_OPTIONS = {
  memory: 'memoryMb',
  cpus: 'cpus',
  pids: 'pids',
  tmp: 'tmpMb',
  disk: 'diskMb',
  diskFiles: 'diskFiles',
} as const satisfies Record<string, keyof typeof LIMIT_RANGES>;

function readLimits(options: Options): NonNullable<SpecInput['limits']> {
  const limits: NonNullable<SpecInput['limits']> = {};
  for (const [name, limit] of Object.entries(LIMIT_OPTIONS)) {
    if (options[name] === undefined) continue;
    const read = readLimit(limit, String(options[name]));
    if ('problem' in read)
      throw new HiveError('invalid_input', `--${name === 'diskFiles' ? 'disk-files' : name} ${read.problem}.`);
    limits[limit] = read.value;
  }
  return limits;
}

function readBound(option: string, bound: keyof typeof TURN_RANGES, typed: unknown): number {
  const read = readLimit(bound, String(typed));
  if ('problem' in read) throw new HiveError('invalid_input', `--${option} ${read.problem}.`);
  return read.value;
}

function readUnknown(text: string): NonNullable<SpecInput['unknownHosts']> {
  const read = readUnknownHosts(text);
  if (read !== null) return read;
  throw new HiveError('invalid_input', `--unknown-hosts is one of ${UNKNOWN_HOSTS.join(', ')}, not "${text}".`);
}

function readKinds(text: string): NoticeKind[] {
  const read = readWakeFor(text);
  if ('value' in read) return read.value;
  throw new HiveError('invalid_input', `--wake-for ${read.problem}.`);
}

function readMemberships(typed: readonly string[]): NonNullable<SpecInput['projects']> {
  const projects: NonNullable<SpecInput['projects']> = {};
  for (const text of typed) {
    const read = membershipChanges.safeParse(readProjects(text, MEMBERSHIP_WORDS));
    if (!read.success || Object.keys(read.data).length !== 1)
      throw new HiveError(
        'invalid_input',
        `--project is NAME=LEVEL, e.g. web=write, with one of the levels ${MEMBERSHIP_WORDS.join(', ')}, not "${text}".`,
      );
    Object.assign(projects, read.data);
  }
  return projects;
}

function readDriver(text: string): DriverName {
  const driver = DRIVER_NAMES.find((name) => name === text);
  if (driver !== undefined) return driver;
  throw new HiveError('invalid_input', `--driver is one of ${DRIVER_NAMES.join(', ')}, not "${text}".`);
}

/**
 * `python3 agent.py` or `["python3","my agent.py"]`. No shell parses it, so quotes are only special in the list form.
 */
export function readCommandWords(text: string): string[] {
  if (text.trim().startsWith('[')) return readCommandList(text);
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length > 0 && !/["'\\]/.test(text)) return words;
  throw new HiveError(
    'invalid_input',
    'For words with blanks or quotes write --command as a JSON list: \'["python3","my agent.py"]\'.',
  );
}

function readCommandList(text: string): string[] {
  try {
    return agentSpec.shape.command.unwrap().parse(JSON.parse(text));
  } catch (cause) {
    throw new HiveError('invalid_input', '--command is a JSON list of words, e.g. \'["python3","agent.py"]\'.', {
      cause,
    });
  }
}

async function readPrompt(context: CliContext, options: Options): Promise<string | undefined> {
  const { prompt, promptFile } = options;
  if (prompt === undefined && promptFile === undefined) return undefined;
  if (prompt !== undefined && promptFile !== undefined)
    throw new HiveError('invalid_input', 'Give either --prompt or --prompt-file, not both.');
  const text =
    promptFile !== undefined
      ? await readPromptFile(String(promptFile))
      : prompt === '-'
        ? await readStdin(context, 4 * MAX_PROMPT_CHARS)
        : String(prompt);
  if (text.length > MAX_PROMPT_CHARS)
    throw new HiveError(
      'invalid_input',
      `The prompt has ${text.length} characters; ${MAX_PROMPT_CHARS} are the most. Put the rest into a file that the agent reads, e.g. in /shared.`,
    );
  return text.trimEnd();
}

async function readPromptFile(path: string): Promise<string> {
  try {
    return decodeUtf8(await readFile(path), `The file ${path}`);
  } catch (cause) {
    if (cause instanceof HiveError) throw cause;
    throw new HiveError('invalid_input', `The prompt's file could not be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
