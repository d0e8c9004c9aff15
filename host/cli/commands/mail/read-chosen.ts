import { HiveError } from '../../../../protocol/errors.ts';
import { given, ifGiven, type Options, readName } from '../command.ts';
import { readIds } from './read-mail.ts';

/** The selected deliveries: by id, of an agent, or all; exactly one of the three. */
export function readChosen(options: Options, args: readonly string[]) {
  const deliveries = readIds(args, "A delivery's number");
  const agent = ifGiven(options['agent'], readName);
  const all = options['all'] === true;
  if ([deliveries.length > 0, agent !== undefined, all].filter(Boolean).length !== 1)
    throw new HiveError(
      'invalid_input',
      'Give either numbers of deliveries, as "hivectl dead" shows them, or --agent NAME, or --all.',
    );
  return {
    ...given('deliveries', deliveries.length > 0 ? deliveries : undefined),
    ...given('agent', agent),
    ...given('all', all ? (true as const) : undefined),
  };
}
