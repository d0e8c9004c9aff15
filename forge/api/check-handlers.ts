import type { RepoCaller } from '../../protocol/access/repo-access.ts';
import type { checkJobs, checkOperations } from '../../protocol/operations/checks.ts';
import type { Handlers } from '../../wire/routes.ts';
import type { CheckBackend } from '../backend/checks.ts';

/** Handlers of the operations on checks: a line shapes each answer. */
export function createCheckHandlers(
  checks: CheckBackend,
): Handlers<typeof checkOperations & typeof checkJobs, RepoCaller> {
  return {
    listChecks: async ({ pull = null, ...wanted }, { caller }) => ({
      runs: await checks.list(caller, { ...wanted, pull }),
    }),
    describeCheck: (wanted, { caller }) => checks.describe(caller, wanted),
    readCheckLog: ({ before = null, ...wanted }, { caller }) => checks.log(caller, { ...wanted, before }),
    async readCheckArtifact(wanted, { caller }) {
      const { artifact, bytes } = await checks.artifact(caller, wanted);
      const next = wanted.offset + bytes.length;
      return { artifact, data: bytes.toString('base64'), next: next < artifact.bytes ? next : null };
    },
    listCheckCaches: async (path, { caller }) => ({ caches: await checks.caches(caller, path) }),
    removeCheckCaches: async ({ cache = null, ...path }, { caller }) => ({
      removed: await checks.removeCaches(caller, { ...path, cache }),
    }),
    retryCheck: async (wanted, { caller }) => ({ run: await checks.retry(caller, wanted) }),
    requestChecks: async (wanted, { caller, signal }) => ({
      checks: await checks.request(caller, { ...wanted, signal }),
    }),
    claimCheck: async (wanted, { signal }) => ({ job: await checks.claim({ ...wanted, signal }) }),
    reportCheck: async (report) => ({ goesOn: await checks.report(report) }),
    endCheck: async (report) => {
      await checks.end(report);
      return {};
    },
  };
}
