import { type CliVersion, sayCli } from '../../../protocol/cli-places.ts';

/** What an agent uses of the toolchain. */
export interface CliUser {
  readonly name: string;
  /** The CLI that its driver needs; null if none. */
  readonly needs: string | null;
  /** The version that its box was made with (`name@1.2.3`); null without a box, and for boxes of earlier Hyperhives. */
  readonly has: string | null;
}

/** Whether a version may be removed, and if not, why and what to do about it. */
export type Removal = { readonly may: true; readonly isLast: boolean } | { readonly may: false; readonly why: string };

/** A version stays while a box was made with it, or while the next box of an agent would be. */
export function decideRemoval(
  wanted: CliVersion,
  facts: { placed: readonly CliVersion[]; inUse: string | null; users: readonly CliUser[] },
): Removal {
  const { cli, version } = wanted;
  const text = sayCli(wanted);
  const holders = facts.users.filter(({ has }) => has === text).map(({ name }) => name);
  const others = facts.placed.filter((each) => each.cli === cli && each.version !== version);
  if (facts.inUse === version) {
    const needing = facts.users.filter(({ needs }) => needs === cli).map(({ name }) => name);
    const other = others[0];
    if (other !== undefined)
      return {
        may: false,
        why: `${text} is the version in use. Use another one first: hivectl toolchain use ${sayCli(other)}`,
      };
    if (needing.length > 0)
      return { may: false, why: `${text} is the version in use, and ${needing.join(', ')} cannot do without it.` };
  }
  if (holders.length > 0)
    return {
      may: false,
      why: `The boxes of ${holders.join(', ')} were made with ${text}. Rebuild them first: hivectl rebuild ${holders.join(' ')}`,
    };
  return { may: true, isLast: others.length === 0 };
}
