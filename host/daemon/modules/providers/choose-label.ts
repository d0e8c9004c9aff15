import { HiveError } from '../../../../protocol/errors.ts';
import { FIRST_KEY } from '../../../../protocol/schemas/provider.ts';

/**
 * The label under which a key is stored. Added: the given label, or the next free one; otherwise that of the key which
 * it replaces. Throws `duplicate_key`, `unknown_key`, or `wrong_state` when it is not clear which key it replaces.
 */
export function chooseLabel(
  labels: readonly string[],
  { provider, label, add }: { provider: string; label: string | undefined; add: boolean },
): string {
  const said = labels.map((one) => `"${one}"`).join(', ');
  if (add) {
    if (label === undefined) return nextLabel(labels);
    if (!labels.includes(label)) return label;
    throw new HiveError('duplicate_key', `${provider} has a key with the label "${label}" already. It has: ${said}.`);
  }
  if (label === undefined) {
    if (labels.length < 2) return labels[0] ?? FIRST_KEY;
    throw new HiveError(
      'wrong_state',
      `${provider} has ${labels.length} keys: ${said}. Say which one to replace (--label LABEL), or add it to them (--add).`,
    );
  }
  if (labels.includes(label) || labels.length === 0) return label;
  throw new HiveError('unknown_key', `${provider} has no key with the label "${label}". It has: ${said}.`);
}

function nextLabel(labels: readonly string[]): string {
  if (!labels.includes(FIRST_KEY)) return FIRST_KEY;
  for (let number = 2; ; number += 1) if (!labels.includes(`key-${number}`)) return `key-${number}`;
}
