import type { adminSurface, DoctorCheck } from '../../../protocol/operations/admin.ts';
import type { dashboardSurface } from '../../../protocol/operations/operator.ts';
import type { Handlers } from '../../../wire/routes.ts';
import type { DiskWatch } from '../modules/disk/watch-disk.ts';
import { removeArchive } from '../modules/agents/archives.ts';
import type { SignIns } from '../modules/operators/sign-ins.ts';
import { handleOperator, type OperatorCaller, type OperatorHandlerDeps } from './operator-handlers.ts';

export interface AdminHandlerDeps extends OperatorHandlerDeps {
  signIns: SignIns;
  disk: Pick<DiskWatch, 'report' | 'makeRoom'>;
  dashboardUrl: () => string;
  onShutdown: (options: { boxes: boolean }) => void;
  examine: () => Promise<DoctorCheck[]>;
}

/** What hivectl may ask. */
export function handleAdmin(deps: AdminHandlerDeps): Handlers<typeof adminSurface, OperatorCaller> {
  const { signIns } = deps;
  return {
    ...handleOperator(deps),
    shutdown({ boxes }) {
      deps.onShutdown({ boxes });
      return { pid: process.pid, stopping: true as const };
    },
    async makeLink(_input, { caller }) {
      const { token, expiresAt } = await signIns.makeLink(caller);
      return { url: `${deps.dashboardUrl()}/sign-in?token=${token}`, expiresAt };
    },
    async removeArchive({ archive }) {
      await removeArchive(deps.destroy.backups, archive);
      return { archive, removed: true as const };
    },
    disk: () => deps.disk.report('now'),
    doctor: async () => ({ checks: await deps.examine() }),
  };
}

/** What the dashboard process may ask: the operator's operations and sign-ins. */
export function handleDashboard(
  deps: OperatorHandlerDeps & { signIns: SignIns },
): Handlers<typeof dashboardSurface, OperatorCaller> {
  const { signIns } = deps;
  return {
    ...handleOperator(deps),
    redeemLink: ({ token }) => signIns.redeem(token),
    checkSession: ({ session }) => signIns.check(session),
    signOut: async ({ session }) => ({ ended: await signIns.end(session) }),
  };
}
