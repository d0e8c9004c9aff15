import type { OpenPush } from '../store/pushes.ts';
import type { RefChange } from '../store/refs.ts';

/**
 * Who moved which ref: the pusher what its own connection asked for and git carried out, `system`
 * everything else (somebody worked in the repository by hand). Parts without changes are left out.
 */
export function attributeChanges(
  push: Pick<OpenPush, 'by' | 'commands'> | null,
  changes: readonly RefChange[],
): { by: string; changes: RefChange[] }[] {
  const isPushed = (change: RefChange) => push !== null && isAskedFor(push.commands, change);
  return [
    { by: push?.by ?? 'system', changes: changes.filter(isPushed) },
    { by: 'system', changes: changes.filter((change) => !isPushed(change)) },
  ].filter((part) => part.changes.length > 0);
}

function isAskedFor(commands: OpenPush['commands'], change: RefChange): boolean {
  return commands === null || commands.some((command) => command.ref === change.ref && command.new === change.new);
}
