import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { mirrorOperations } from '../../protocol/operations/mirrors.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { MirrorBackend } from '../backend/mirrors.ts';

/** Handlers of the operations about repositories outside. */
export function createMirrorHandlers(mirrors: MirrorBackend): Handlers<typeof mirrorOperations, RepoCaller> {
  return {
    importRepo: async (wanted, { caller, signal }) => ({
      import: await mirrors.beginImport(caller, { ...wanted, signal }),
    }),
    listImports: (_input, { caller }) => ({ imports: mirrors.listImports(caller) }),
    addMirror: async (wanted, { caller, signal }) => ({ mirror: await mirrors.add(caller, { ...wanted, signal }) }),
    listMirrors: async (wanted, { caller }) => ({ mirrors: await mirrors.list(caller, wanted) }),
    syncMirror: ({ id }, { caller }) => ({ mirror: mirrors.sync(caller, id) }),
    removeMirror: async ({ id }, { caller }) => ({ mirror: await mirrors.remove(caller, id) }),
    cancelImport: async (repo, { caller }) => ({ import: await mirrors.cancelImport(caller, repo) }),
  };
}
