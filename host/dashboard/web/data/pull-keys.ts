import type { EventData, EventKind, HiveEvent } from '../../../../protocol/schemas/event.ts';

/** A repository or a pull request in a key: `owner/name`, and its number. */
export interface PullPlace {
  readonly owner: string;
  readonly name: string;
  readonly number: number;
}

export type PullKey = readonly ['pulls', ...(readonly unknown[])];

/** The keys of the queries about pull requests. Those of one repository begin alike. */
export const PULL_KEYS = {
  list: ['pulls', 'list'],
  repo: (repo: string) => ['pulls', 'of', repo],
  one: ({ owner, name, number }: PullPlace) => ['pulls', 'of', `${owner}/${name}`, 'one', number],
  rules: (repo: string) => ['pulls', 'of', repo, 'rules'],
  labels: (repo: string) => ['pulls', 'of', repo, 'labels'],
  queues: (repo: string) => ['pulls', 'of', repo, 'queues'],
} as const satisfies Record<string, PullKey | ((of: never) => PullKey)>;

/**
 * The queries about pull requests that events concern: a review concerns one of them; a push or a rule may concern every
 * one of its repository, because whether it can be merged depends on both branches and on the rules.
 */
export function pullKeysChangedBy(events: readonly Pick<HiveEvent, 'kind' | 'data'>[]): PullKey[] {
  const keys = events.flatMap(({ kind, data }) => KEYS_OF[kind as EventKind]?.(data as never) ?? []);
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

const oneOf = ({ repo, number }: { repo: string; number: number }): PullKey => [...PULL_KEYS.repo(repo), 'one', number];
const listed = (data: { repo: string; number: number }): PullKey[] => [PULL_KEYS.list, oneOf(data)];
const all = ({ repo }: { repo: string }): PullKey[] => [PULL_KEYS.repo(repo)];

const KEYS_OF: { readonly [K in EventKind]?: (data: EventData<K>) => PullKey[] } = {
  'forge.pull_opened': listed,
  // Labels count the pull requests that have them.
  'forge.pull_changed': (data) => [...listed(data), PULL_KEYS.labels(data.repo)],
  'forge.pull_reviewed': listed,
  'forge.pull_ended': (data) => [...listed(data), PULL_KEYS.queues(data.repo)],
  'forge.checks_ended': listed,
  'forge.status_set': all,
  'forge.pull_queued': all,
  'forge.pull_unqueued': all,
  'forge.queue_tested': all,
  'forge.pushed': all,
  'forge.pull_label_set': (data) => [PULL_KEYS.list, ...all(data)],
  'forge.rules_changed': all,
  'forge.default_branch': all,
  'forge.mirror_changed': all,
  'forge.mirror_failed': all,
  'forge.mirror_recovered': all,
  'forge.webhook_changed': all,
  'forge.repo_removed': (data) => [PULL_KEYS.list, ...all(data)],
};
