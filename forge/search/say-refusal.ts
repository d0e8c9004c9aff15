import { sayPushedSecret } from '../../protocol/push-secret-words.ts';
import type { FoundInPush } from './search-push.ts';

/** What the pusher of secrets sees: where they are, and how to go on. */
export function sayRefusal({ places, more }: FoundInPush): string {
  const lines = [
    'This push is refused, and nothing of it is stored: it contains secrets of this hive.',
    ...places.map((place) => `  ${sayPushedSecret(place)}`),
    ...(more ? ['  and more'] : []),
    'A commit that removes a value is not enough, because the earlier one still has it: rewrite every commit',
    'that has it (git commit --amend, or git rebase -i), and push again.',
  ];
  return `${lines.join('\n')}\n`;
}
