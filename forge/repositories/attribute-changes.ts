import type { OpenPush } from '../store/pushes.ts';
import type { RefChange } from '../store/refs.ts';

/**
 * Attributes moved refs: to the pusher the changes that its own connection asked for and git carried out, to `system`
 * all others (manual changes in the repository). Parts without changes are left out.
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
