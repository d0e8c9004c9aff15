import { distance } from 'fastest-levenshtein';
import { HiveError } from '../../../protocol/errors.ts';

/** `unknown_agent`, offering the nearest names there are. */
export function unknownAgent(name: string, known: readonly string[]): HiveError {
  const near = known
    .map((candidate) => ({ candidate, far: distance(name, candidate) }))
    .filter(({ far }) => far <= Math.max(2, name.length / 3))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((candidate) => `"${candidate}"`).join(' or ')}?`
      : `There are: ${known.slice(0, 12).join(', ') || 'none yet'}.`;
  return new HiveError('unknown_agent', `There is no agent "${name}". ${hint}`, { details: { name, near } });
}
