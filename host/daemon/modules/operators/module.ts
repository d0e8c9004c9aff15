import type { Module } from '../../core/module.ts';
import type { SignIns } from './sign-ins.ts';

/** Operators of the hive and their sign-in to the dashboard. */
export function operatorsModule({ signIns, dashboardUrl }: { signIns: SignIns; dashboardUrl: string }) {
  return {
    name: 'operators',
    handlers: {
      admin: {
        async makeLink(_input, { caller }) {
          const { token, expiresAt } = await signIns.makeLink(caller);
          return { url: `${dashboardUrl}/sign-in?token=${token}`, expiresAt };
        },
      },
      dashboard: {
        redeemLink: ({ token }) => signIns.redeem(token),
        checkSession: ({ session }) => signIns.check(session),
        signOut: async ({ session }) => ({ ended: await signIns.end(session) }),
      },
    },
  } satisfies Module;
}
