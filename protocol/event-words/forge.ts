import { sayPushedSecret } from '../push-secret-words.ts';
import type { EventTable } from './words.ts';

/** The forge. */
export const FORGE_EVENTS = {
  'forge.repo_created': { title: 'repository made', say: ({ repo, by }) => `${repo} by ${by}` },
  'forge.repo_removed': {
    title: 'repository removed',
    say: ({ repo, by, kept }) => `${repo} by ${by}${kept === null ? '' : `, kept in ${kept}`}`,
  },
  'forge.default_branch': { title: 'default branch', say: ({ repo, by, branch }) => `${repo} by ${by}: ${branch}` },
  'forge.pushed': {
    title: 'pushed',
    say: ({ repo, by, refs }) => `${repo} by ${by}: ${refs.map(({ ref }) => ref).join(', ')}`,
  },
  'forge.refused': { title: 'refused', say: ({ repo, by, reason }) => `${repo}, ${by}: ${reason}` },
  'forge.secret_refused': {
    title: 'secret refused',
    tone: 'warn',
    say: ({ repo, by, places }) => `push to ${repo} by ${by}: ${places.map(sayPushedSecret).join('; ')}`,
  },
  'forge.push_lost': {
    title: 'broke off',
    say: ({ repo, by, reason }) => `${repo} by ${by}, nothing changed: ${reason ?? 'the connection ended'}`,
  },
} satisfies EventTable;
