import { sayPushedSecret } from '../push-secret-words.ts';
import type { Verdict } from '../schemas/pull.ts';
import type { EventTable } from './words.ts';

/** The verdicts of reviews, for people. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  approve: 'approved',
  request_changes: 'changes wanted',
  comment: 'commented',
};

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
  'forge.pull_opened': {
    title: 'pull request opened',
    say: ({ repo, by, number, head, base, title }) => `${repo}#${number} by ${by}, ${head} into ${base}: ${title}`,
  },
  'forge.pull_changed': {
    title: 'pull request changed',
    say: ({ repo, by, number, what }) => `${repo}#${number} by ${by}: ${what.join(', ')}`,
  },
  'forge.pull_reviewed': {
    title: 'pull request reviewed',
    say: ({ repo, by, number, verdict }) => `${repo}#${number}, ${by}: ${VERDICT_WORDS[verdict]}`,
  },
  'forge.pull_ended': {
    title: 'pull request ended',
    say: ({ repo, by, number, commit }) =>
      `${repo}#${number} ${commit === null ? 'closed' : `merged as ${commit.slice(0, 12)}`} by ${by}`,
  },
  'forge.checks_ended': {
    title: 'checks ended',
    say: ({ repo, number, passed, failed }) =>
      `${repo}#${number}: ${passed ? 'passed' : `failed${failed.length === 0 ? '' : `, ${failed.join(', ')}`}`}`,
  },
  'forge.status_set': {
    title: 'status set',
    say: ({ repo, by, commit, context, state }) => `${repo}, ${commit.slice(0, 12)}: ${context} is ${state}, by ${by}`,
  },
  'forge.pull_queued': {
    title: 'merge asked for',
    say: ({ repo, by, number, base, waits }) =>
      `${repo}#${number} into ${base} by ${by}${waits ? ', when its reviews and checks are there' : ''}`,
  },
  'forge.pull_unqueued': {
    title: 'left the merge queue',
    say: ({ repo, by, number, reason }) =>
      `${repo}#${number}${by === 'system' ? '' : ` by ${by}`}${reason === '' ? '' : `: ${reason}`}`,
  },
  'forge.queue_tested': {
    title: 'merge queue tests',
    say: ({ repo, branch, numbers, purpose }) =>
      `${repo}, ${branch}: ${numbers.map((number) => `#${number}`).join(', ')}${purpose === 'search' ? ', to find which one fails' : ''}`,
  },
  'forge.pull_label_set': {
    title: 'label',
    say: ({ repo, by, label, removed }) => `${repo}, ${label}: ${removed ? 'removed' : 'set'} by ${by}`,
  },
  'forge.rules_changed': {
    title: 'branch rule',
    say: ({ repo, by, pattern, removed }) => `${repo}, ${pattern}: ${removed ? 'removed' : 'set'} by ${by}`,
  },
  'forge.token_changed': {
    title: 'token of the forge',
    say: ({ repo, by, token, owner, scopes, removed }) =>
      removed
        ? `${token}, of ${owner}: removed by ${by}`
        : `${token} made by ${by}: acts as ${owner} in ${repo === '*' ? 'all that it sees' : repo}, for ${scopes.join(', ')}`,
  },
  'forge.mirror_changed': {
    title: 'mirror',
    say: ({ repo, by, direction, url, removed }) =>
      `${repo}, ${direction} ${url}: ${removed ? 'removed' : 'added'} by ${by}`,
  },
  'forge.webhook_changed': {
    title: 'webhook',
    say: ({ repo, by, url, change }) => `${repo}, ${url}: ${change} by ${by}`,
  },
  'forge.mirror_failed': {
    title: 'mirror fails',
    tone: 'warn',
    say: ({ repo, direction, url, reason }) => `${repo}, ${direction} ${url}: ${reason}`,
  },
  'forge.mirror_recovered': {
    title: 'mirror works again',
    say: ({ repo, direction, url }) => `${repo}, ${direction} ${url}`,
  },
  'forge.refused': { title: 'refused', say: ({ repo, by, reason }) => `${repo}, ${by}: ${reason}` },
  'forge.secret_refused': {
    title: 'secret refused',
    tone: 'warn',
    say: ({ repo, by, places }) => `push to ${repo} by ${by}: ${places.map(sayPushedSecret).join('; ')}`,
  },
  'forge.damage_found': {
    title: 'repository damaged',
    tone: 'warn',
    say: ({ repo, findings }) => `${repo}: ${findings.join(' ')}`,
  },
  'forge.push_lost': {
    title: 'broke off',
    say: ({ repo, by, reason }) => `${repo} by ${by}, nothing changed: ${reason ?? 'the connection ended'}`,
  },
} satisfies EventTable;
