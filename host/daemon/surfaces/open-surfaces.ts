import type { Log } from '../../../system/log.ts';
import { adminSurface } from '../../../protocol/operations/admin.ts';
import { dashboardSurface } from '../../../protocol/operations/operator.ts';
import { gatewayReportSurface } from '../../../protocol/operations/services.ts';
import { listenUnix } from '../../../system/socket/listen-unix.ts';
import { serveFrames } from '../../../wire/frames/serve-frames.ts';
import { bindSurface, type CleanInput } from '../../../wire/operations.ts';
import { type Handlers, serveSurface } from '../../../wire/routes.ts';
import type { Places } from '../config.ts';
import type { OperatorCaller } from '../core/module.ts';
import type { Users } from '../node/users.ts';
import { BODY_LIMIT, createApp } from './listen.ts';

/** Handlers of each socket other than agents'. */
export interface SurfaceHandlers {
  admin: Handlers<typeof adminSurface, OperatorCaller>;
  dashboard: Handlers<typeof dashboardSurface, OperatorCaller>;
  gateway: Handlers<typeof gatewayReportSurface, 'gateway'>;
}

/**
 * hived's surfaces for hivectl, the dashboard and the gateway. Each socket can be opened only by its caller (mode
 * 0600, owned by the caller's user), and serves only that caller's operations.
 */
export function openSurfaces(
  hive: { log: Log; places: Places; users: Users; clean: CleanInput<unknown> },
  handlers: SurfaceHandlers,
): { listen(): Promise<void>; close(): Promise<void> } {
  const { log, places, users, clean } = hive;
  const hooks = { clean };
  const admin = createApp(log);
  const dashboard = createApp(log);
  const gateway = createApp(log);
  serveSurface(admin, adminSurface, { callerOf: () => 'hivectl' as const, handlers: handlers.admin, hooks });
  serveSurface(dashboard, dashboardSurface, {
    callerOf: () => 'dashboard' as const,
    handlers: handlers.dashboard,
    hooks,
  });
  serveSurface(gateway, gatewayReportSurface, {
    callerOf: () => 'gateway' as const,
    handlers: handlers.gateway,
    hooks,
  });
  const frames = serveFrames(gateway.server, bindSurface(gatewayReportSurface, handlers.gateway, hooks), {
    caller: 'gateway',
    maxBytes: BODY_LIMIT,
    onError: (err, code) => log.error({ err }, code),
  });

  const owned = (uid: number) => ({ mode: 0o600, ...(users.separate ? { uid } : {}) });
  return {
    async listen() {
      await listenUnix(gateway, places.gatewaySocket, owned(users.gateway));
      await listenUnix(dashboard, places.dashboardSocket, owned(users.dashboard));
      // hivectl's is opened last, so that everything else is open once it answers.
      await listenUnix(admin, places.adminSocket, { mode: 0o600 });
    },
    async close() {
      frames.close();
      await Promise.all([admin, dashboard, gateway].map((app) => app.close()));
    },
  };
}
