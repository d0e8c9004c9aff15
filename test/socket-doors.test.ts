/**
 * hived's sockets other than agents': each answers only the operations declared for its caller, and only its owner can
 * connect.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '../system/log.ts';
import { expect, test } from 'vitest';
import { openSurfaces } from '../host/daemon/surfaces/open-surfaces.ts';
import type { Surface } from '../protocol/op.ts';
import { adminSurface } from '../protocol/operations/admin.ts';
import { dashboardSurface } from '../protocol/operations/operator.ts';
import { gatewayReportSurface } from '../protocol/operations/services.ts';
import { askAsIs, disguise } from './support/disguise-target.ts';
import { collectRoutes, fillPattern } from './support/registered-routes.ts';

const SURFACES = { admin: adminSurface, dashboard: dashboardSurface, gateway: gatewayReportSurface } as const;

test('no disguised path reaches an operation of another caller, and only a socket’s owner can connect to it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hive-sockets-'));
  const socketOf = (name: string) => join(dir, `${name}.sock`);
  const called: string[] = [];
  const note = (at: string, surface: Surface) =>
    Object.fromEntries(Object.keys(surface).map((name) => [name, () => void called.push(`${at} ${name}`)]));
  const handlers = Object.fromEntries(Object.entries(SURFACES).map(([at, surface]) => [at, note(at, surface)]));
  const places = {
    adminSocket: socketOf('admin'),
    dashboardSocket: socketOf('dashboard'),
    gatewaySocket: socketOf('gateway'),
  };
  const log = openLog({ level: 'silent', output: process.stderr });
  const { built: surfaces, routes } = await collectRoutes(async () => {
    const opened = openSurfaces({ log, places, users: { separate: false } } as never, handlers as never);
    await opened.listen();
    return opened;
  });
  try {
    const declared = Object.values(SURFACES).flatMap((surface) => Object.values(surface as Surface));
    const names = new Set(declared.map(({ method, path }) => `${method} ${path}`));
    // Every registered route is declared: none was added elsewhere.
    expect(routes.filter(({ method, url }) => method !== 'HEAD' && !names.has(`${method} ${url}`))).toEqual([]);
    for (const at of Object.keys(SURFACES)) expect((await stat(socketOf(at))).mode & 0o777).toBe(0o600);

    const adminOnly = Object.values(adminSurface as Surface).filter(
      ({ name }) => !Object.hasOwn(dashboardSurface, name) && !Object.hasOwn(gatewayReportSurface, name),
    );
    expect(adminOnly.length).toBeGreaterThan(0);
    called.length = 0;
    for (const at of ['dashboard', 'gateway'])
      for (const op of adminOnly)
        for (const target of disguise(fillPattern(op.path)))
          await askAsIs({ socketPath: socketOf(at) }, { method: op.method, target });
    expect(called.filter((name) => adminOnly.some((op) => name.endsWith(` ${op.name}`)))).toEqual([]);
  } finally {
    await surfaces.close();
    await rm(dir, { recursive: true });
  }
});
