import { distance } from 'fastest-levenshtein';
import { HiveError } from '../../../../protocol/errors.ts';

/** `unknown_agent`, suggesting the nearest existing names. */
export function unknownAgent(name: string, known: readonly string[]): HiveError {
  const near = nearest(name, known);
  return new HiveError('unknown_agent', `There is no agent "${name}". ${hint(near, known)}`, {
    details: { name, near },
  });
}

/** `unknown_topic`, the same way. */
export function unknownTopic(topic: string, known: readonly string[]): HiveError {
  const near = nearest(topic, known);
  return new HiveError('unknown_topic', `Nobody subscribes to ${topic}. ${hint(near, known)}`, {
    details: { topic, near },
  });
}

function nearest(name: string, known: readonly string[]): string[] {
  return known
    .map((candidate) => ({ candidate, far: distance(name, candidate) }))
    .filter(({ far }) => far <= Math.max(2, name.length / 3))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function hint(near: readonly string[], known: readonly string[]): string {
  if (near.length > 0) return `Did you mean ${near.map((candidate) => `"${candidate}"`).join(' or ')}?`;
  const more = known.length > 12 ? ` and ${known.length - 12} more` : '';
  return `There are: ${known.slice(0, 12).join(', ') || 'none yet'}${more}.`;
}
