import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { agentSpec, type agentSpecInput } from '../../../protocol/schemas/agent.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { SAID_PROVIDERS } from '../../../protocol/providers.ts';
import type { CliContext } from '../context.ts';
import { readProvider } from '../read-provider.ts';
import { readDuration } from '../read-duration.ts';
import { decodeUtf8, readStdin } from '../read-stdin.ts';
import { type Options, type OptionValue, readNumber } from './command.ts';

/** What may be said of an agent when it is made; the rest comes from `defaults` in config.yaml. */
export const SPEC_OPTIONS = [
  ['--role <words>', 'what it is for, in a word or two; other agents see it'],
  ['--model <name>', 'the model, as the CLI names it'],
  ['--provider <name>', `who serves its model: ${SAID_PROVIDERS}`],
  ['--image <name>', 'the image its box is made from'],
  ['--prompt <text>', 'your words to it, added to the hive\'s own; "-" reads them from stdin'],
  ['--prompt-file <path>', 'the same, from a file'],
  ['--memory <MiB>', 'memory of its box'],
  ['--cpus <number>', 'CPU time of its box, in cores'],
  ['--pids <number>', 'processes and threads in its box'],
  ['--tmp <MiB>', 'room in /tmp of its box, counted as memory'],
  ['--turn-timeout <time>', 'a turn that takes longer is ended, e.g. 2h'],
  ['--disk <MiB>', 'room for its files; 0 is no limit'],
  ['--disk-files <number>', 'files and directories it may have; 0 is no limit'],
  ['--tools <list>', "the CLI's own tools it may use, e.g. Bash,Read"],
] as const;

type SpecInput = z.input<typeof agentSpecInput>;

/** The declared parts of a spec from a command's options, its prompt's file or stdin read. Throws `invalid_input`. */
export async function readSpec(context: CliContext, options: Options): Promise<SpecInput> {
  const spec: SpecInput = {};
  if (options['role'] !== undefined) spec.role = String(options['role']);
  if (options['model'] !== undefined) spec.model = String(options['model']);
  if (options['provider'] !== undefined) spec.provider = readProvider(String(options['provider']));
  if (options['image'] !== undefined) spec.image = String(options['image']);
  const prompt = await readPrompt(context, options);
  if (prompt !== undefined) spec.prompt = prompt;
  if (options['tools'] !== undefined)
    spec.tools = String(options['tools'])
      .split(/[,\s]+/)
      .filter((tool) => tool !== '');
  const limits: NonNullable<SpecInput['limits']> = {};
  if (options['memory'] !== undefined)
    limits.memoryMb = within('memoryMb', readNumber(options['memory'], '--memory'), '--memory');
  if (options['pids'] !== undefined) limits.pids = within('pids', readNumber(options['pids'], '--pids'), '--pids');
  if (options['tmp'] !== undefined) limits.tmpMb = within('tmpMb', readNumber(options['tmp'], '--tmp'), '--tmp');
  if (options['turnTimeout'] !== undefined)
    spec.turnTimeoutMs =
      1_000 * readDuration(String(options['turnTimeout']), { what: '--turn-timeout', from: 1, to: 86_400 });
  if (options['cpus'] !== undefined) limits.cpus = within('cpus', readCpus(options['cpus']), '--cpus');
  if (options['disk'] !== undefined) limits.diskMb = within('diskMb', readCount(options['disk'], '--disk'), '--disk');
  if (options['diskFiles'] !== undefined)
    limits.diskFiles = within('diskFiles', readCount(options['diskFiles'], '--disk-files'), '--disk-files');
  return Object.keys(limits).length === 0 ? spec : { ...spec, limits };
}

/** Characters that a prompt may have; the same limit as the spec's own. */
const MAX_PROMPT = 20_000;

async function readPrompt(context: CliContext, options: Options): Promise<string | undefined> {
  const { prompt, promptFile } = options;
  if (prompt === undefined && promptFile === undefined) return undefined;
  if (prompt !== undefined && promptFile !== undefined)
    throw new HiveError('invalid_input', 'Give either --prompt or --prompt-file, not both.');
  const text =
    promptFile !== undefined
      ? await readPromptFile(String(promptFile))
      : prompt === '-'
        ? await readStdin(context, 4 * MAX_PROMPT)
        : String(prompt);
  if (text.length > MAX_PROMPT)
    throw new HiveError(
      'invalid_input',
      `The prompt has ${text.length} characters; ${MAX_PROMPT} are the most. Put the rest into a file that the agent reads, e.g. in /shared.`,
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

/** A whole number, 0 as well: there it says that there is no limit. */
function readCount(value: OptionValue, option: string): number {
  return value === '0' ? 0 : readNumber(value, option);
}

function readCpus(value: OptionValue): number {
  const cpus = Number(value);
  if (Number.isFinite(cpus) && cpus > 0) return cpus;
  throw new HiveError('invalid_input', `--cpus is a number above 0, e.g. 0.5, not "${String(value)}".`);
}

/** Refuses what no box may have, in the words of the command line. */
function within(limit: keyof NonNullable<SpecInput['limits']>, value: number, option: string): number {
  const schema = agentSpec.shape.limits.shape[limit];
  if (schema.safeParse(value).success) return value;
  throw new HiveError('invalid_input', `${option} is from ${schema.minValue} to ${schema.maxValue}, not "${value}".`);
}
