import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { browseOperations } from '../../protocol/operations/browse.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { RepoReader } from '../backend/read-repository.ts';

/** Handlers of the operations that read what is in a repository. */
export function createReaderHandlers(reader: RepoReader): Handlers<typeof browseOperations, RepoCaller> {
  return {
    readTree: ({ ref, ...place }, { caller, signal }) => reader.tree(caller, { ...place, ref, signal }),
    readRepoFile: ({ ref, ...place }, { caller, signal }) => reader.file(caller, { ...place, ref, signal }),
    blameFile: ({ ref, ...place }, { caller, signal }) => reader.blame(caller, { ...place, ref, signal }),
    readHistory: ({ ref, ...place }, { caller, signal }) => reader.history(caller, { ...place, ref, signal }),
    searchRepo: ({ ref, ...place }, { caller, signal }) => reader.search(caller, { ...place, ref, signal }),
  };
}
