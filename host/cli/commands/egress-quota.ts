import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { readSize, sayBytes, sayQuota } from '../../../protocol/quota-words.ts';
import { quotaPeriod } from '../../../protocol/schemas/egress.ts';
import type { CliContext } from '../context.ts';
import { define, examples, type OptionValue } from './command.ts';
import { readSubject } from './read-subject.ts';

export function addQuota(egress: Command, context: CliContext): void {
  const quota = egress
    .command('quota')
    .description('limit the bytes that an agent, or each agent with a role, exchanges with hosts outside')
    .argument('AGENT', 'a name, @role:ROLE (for each of them), "*" (for each agent), or "hive" (the hive’s own forge)')
    .argument('SIZE', 'like 500MB or 5GB, both directions together; "none" removes the quota')
    .requiredOption('--per <period>', `for each ${quotaPeriod.options.join(', ')}`);
  examples(quota, [
    ['hivectl egress quota coder 5GB --per day', ''],
    ['hivectl egress quota @role:worker 500MB --per hour', 'each worker has 500 MB'],
    ['hivectl egress quota coder none --per day', 'its role’s quota holds, or that of config.yaml'],
  ]);
  define(quota, context, async (terminal, options, [who, size]) => {
    const given = { subject: readSubject(who), per: readPeriod(options['per']), bytes: readAmount(size) };
    const answer = await context.hive.call('setEgressQuota', given);
    terminal.print(answer);
    if (answer.quota === null) return terminal.say(`The quota for ${given.subject} per ${given.per} is removed.`);
    const { traffic } = await context.hive.call('listEgress', {});
    const held = traffic.filter((one) => one.setFor === given.subject && one.per === given.per);
    terminal.say(`Set: ${sayQuota(answer.quota)} for ${given.subject === '*' ? 'each agent' : given.subject}.`);
    for (const { agent, used, bytes } of held)
      terminal.say(`${agent} has used ${sayBytes(used)}${used >= bytes ? ': it is refused until the next one' : ''}.`);
    if (held.length === 0) terminal.say('It holds for no agent now.');
  });
}

function readPeriod(value: OptionValue) {
  const parsed = quotaPeriod.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `--per takes one of ${quotaPeriod.options.join(', ')}, not "${String(value)}".`);
}

/** A size in bytes as typed, with its unit; null for "none". Throws `invalid_input`. */
function readAmount(text = ''): number | null {
  if (text === 'none') return null;
  const bytes = readSize(text);
  if (bytes !== null) return bytes;
  throw new HiveError(
    'invalid_input',
    `"${text}" is not a size from 1kB to 1000TB, with its unit, such as 500MB or 5GB; "none" removes the quota.`,
  );
}
