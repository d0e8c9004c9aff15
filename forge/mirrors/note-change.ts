import { OPERATOR } from '../../protocol/names.ts';
import type { NewForgeFact } from '../../protocol/schemas/forge-fact.ts';
import type { Mirror } from '../store/mirrors.ts';

/** The fact that a mirror was added or removed. */
export function noteChange(
  { owner, name, direction, url }: Pick<Mirror, 'owner' | 'name' | 'direction' | 'url'>,
  { at, removed }: { at: number; removed: boolean },
): NewForgeFact {
  const repo = `${owner}/${name}`;
  return { at, kind: 'forge.mirror_changed', by: OPERATOR, repo, data: { direction, url, removed } };
}
