import prettyBytes from 'pretty-bytes';
import type { OpOutput } from '../../../protocol/op.ts';
import type { forgeSurface } from '../../../protocol/operations/services.ts';
import type { CliContext } from '../context.ts';
import { saySince, sayTimeInZone } from '../output/say-figures.ts';
import type { List } from './list.ts';

type Repos = OpOutput<(typeof forgeSurface)['listRepos']>;
type Removed = OpOutput<(typeof forgeSurface)['listRemovedRepos']>;

/** `hivectl forge ls`. */
export function everyRepo(context: CliContext): List<object, Repos, Repos['repos'][number]> {
  return {
    read: () => ({}),
    ask: () => context.forge.call('listRepos', {}),
    items: ({ repos }) => repos,
    columns: [
      { title: 'REPOSITORY', value: ({ owner, name }) => `${owner}/${name}` },
      { title: 'BRANCHES', align: 'right', value: ({ branches }) => String(branches) },
      { title: 'PULLS', align: 'right', value: ({ openPulls }) => String(openPulls) },
      { title: 'SIZE', align: 'right', value: ({ sizeBytes }) => prettyBytes(sizeBytes) },
      { title: 'PUSHED', value: ({ pushedAt }, now) => (pushedAt === null ? 'never' : saySince(pushedAt, now)) },
      {
        title: 'NEWEST COMMIT',
        shrinkTo: 12,
        value: ({ head }) => (head === null ? '' : `${head.oid.slice(0, 8)} ${head.summary}`),
      },
    ],
    empty: () => 'There are no repositories. Make one: hivectl forge create operator/NAME',
  };
}

/** `hivectl forge ls --removed`. */
export function removedRepos(context: CliContext): List<object, Removed, Removed['repos'][number]> {
  return {
    read: () => ({}),
    ask: () => context.forge.call('listRemovedRepos', {}),
    items: ({ repos }) => repos,
    columns: [
      { title: 'REPOSITORY', value: ({ owner, name }) => `${owner}/${name}` },
      { title: 'SIZE', align: 'right', value: ({ sizeBytes }) => prettyBytes(sizeBytes) },
      { title: 'REMOVED', value: ({ removedAt }, now) => saySince(removedAt, now) },
      { title: 'KEPT UNTIL', value: ({ keptUntil }, now) => sayTimeInZone(keptUntil, now) },
      { title: 'DIRECTORY', shrinkTo: 12, value: ({ path }) => path },
    ],
    empty: () => 'No removed repository is kept.',
  };
}
