import type { z } from 'zod';
import { agentSpec, type agentSpecInput } from '../../../protocol/schemas/agent.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { type Options, type OptionValue, readNumber } from './command.ts';

/** What may be said of an agent when it is made; the rest comes from `defaults` in config.yaml. */
export const SPEC_OPTIONS = [
  ['--role <words>', 'what it is for, in a word or two; other agents see it'],
  ['--model <name>', 'the model, as the CLI names it'],
  ['--image <name>', 'the image its box is made from'],
  ['--prompt <text>', "your words to it, added to the hive's own"],
  ['--memory <MiB>', 'memory of its box'],
  ['--cpus <number>', 'CPU time of its box, in cores'],
  ['--pids <number>', 'processes and threads in its box'],
  ['--tools <list>', "the CLI's own tools it may use, e.g. Bash,Read"],
] as const;

type SpecInput = z.input<typeof agentSpecInput>;

/** The declared parts of a spec from a command's options. Throws `invalid_input`. */
export function readSpec(options: Options): SpecInput {
  const spec: SpecInput = {};
  if (options['role'] !== undefined) spec.role = String(options['role']);
  if (options['model'] !== undefined) spec.model = String(options['model']);
  if (options['image'] !== undefined) spec.image = String(options['image']);
  if (options['prompt'] !== undefined) spec.prompt = String(options['prompt']);
  if (options['tools'] !== undefined)
    spec.tools = String(options['tools'])
      .split(/[,\s]+/)
      .filter((tool) => tool !== '');
  const limits: NonNullable<SpecInput['limits']> = {};
  if (options['memory'] !== undefined)
    limits.memoryMb = within('memoryMb', readNumber(options['memory'], '--memory'), '--memory');
  if (options['pids'] !== undefined) limits.pids = within('pids', readNumber(options['pids'], '--pids'), '--pids');
  if (options['cpus'] !== undefined) limits.cpus = within('cpus', readCpus(options['cpus']), '--cpus');
  return Object.keys(limits).length === 0 ? spec : { ...spec, limits };
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
