import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { Confirmation } from './confirm.tsx';

/** The confirmation for destroying an agent: lists what is deleted and what is kept. Without an archive the name must be typed. */
export function confirmDestroy(
  { name, turn, queued, leased, dead }: AgentView,
  onConfirm: (purge: boolean) => void,
): Confirmation {
  const mail = queued + leased + dead;
  return {
    title: `Destroy ${name}?`,
    text: (
      <>
        {turn !== null && `Turn ${turn} is cut off. `}
        Its box, its mailbox{mail > 0 && ` with ${mail} ${mail === 1 ? 'message' : 'messages'} that it has not handled`}
        , its reminders and its place in topics are gone for good; agents below it come under its parent. What was said
        stays in the threads, its repositories stay in the forge. Its files go into an archive, from which it can be
        restored.
      </>
    ),
    verb: 'Destroy',
    keep: 'Keep it',
    stronger: {
      label: 'Delete its files as well, without an archive',
      text: 'Everything it ever wrote to its own directories is deleted. Nothing brings it back.',
      verb: 'Destroy and delete its files',
      word: name,
    },
    onConfirm,
  };
}
