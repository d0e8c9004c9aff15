import type { Log } from '../../system/log.ts';
import { join } from 'node:path';
import type { EventData, EventKind } from '../../protocol/schemas/event.ts';
import type { Module } from './core/module.ts';
import { keepHouse } from './core/upkeep.ts';
import { runDueWork } from './core/due-work.ts';
import type { Places } from './config.ts';
import type { Config } from './config/schema.ts';
import type { BoxKeepers } from './modules/boxes/keepers.ts';
import { keepEngine } from './runtime/docker/engine-keeper.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { Writer } from './core/writer.ts';
import { pause } from '../../system/pause.ts';

export interface BackgroundDeps {
  writer: Writer;
  modules: readonly Module[];
  keepers: BoxKeepers;
  runtime: Runtime;
  config: Config;
  places: Places;
  clock: () => number;
  steady: () => number;
  log: Log;
  /** Records an event; a failure is logged, never thrown. */
  record: <K extends EventKind>(kind: K, event: { data: EventData<K> }) => Promise<void>;
}

/**
 * hived's background work: it watches the engine and its boxes, does work that is due, runs upkeep, and runs the
 * modules' own work. Continues until the signal fires; fulfilled when all of it has ended. Never rejects.
 */
export async function startBackground(deps: BackgroundDeps, signal: AbortSignal): Promise<void> {
  const { modules, writer, clock, steady, keepers, log } = deps;
  // Boxes that outlived the previous hived are found running and stay as they are.
  watchBoxes(deps, signal);
  const run = (module: Module) => {
    const onError = (err: unknown) => log.error({ err, module: module.name }, 'the work of a module broke');
    return module.run?.(signal, onError).catch(onError);
  };
  await Promise.allSettled([
    keepers.reconcileAll(),
    followEngine(deps, signal),
    doDueWork(deps, signal),
    keepHouse(
      { modules, writer, clock, steady, onError: (err, module) => log.error({ err, module }, 'upkeep broke') },
      signal,
    ),
    ...modules.map(run),
  ]);
}

/**
 * Watches the engine's events about boxes that start and end; a broken event stream is reopened as long as hived runs.
 */
function watchBoxes(deps: BackgroundDeps, signal: AbortSignal): void {
  const watchAgain = async () => {
    await pause(1_000, signal);
    if (signal.aborted) return;
    watchBoxes(deps, signal);
    await deps.keepers.reconcileAll();
  };
  deps.runtime.watch(
    { onChange: ({ agent }) => deps.keepers.reconcileKnown(agent), onLost: () => void watchAgain() },
    signal,
  );
}

function followEngine(deps: BackgroundDeps, signal: AbortSignal): Promise<void> {
  const { engine } = deps.config;
  return keepEngine(
    {
      runtime: deps.runtime,
      socketPath: engine.socket,
      mayStart: engine.start === 'auto',
      args: engine.args,
      logFile: join(deps.places.logs, 'dockerd.log'),
      onLost: (reason) => void deps.record('engine.lost', { data: { reason } }),
      onBack(awayMs) {
        void deps.record('engine.back', { data: { awayMs } });
        void deps.keepers.reconcileAll();
      },
      log: (line) => deps.log.info(line),
    },
    signal,
  );
}

function doDueWork(deps: BackgroundDeps, signal: AbortSignal): Promise<void> {
  const { modules, clock, steady, keepers, log } = deps;
  const trouble = (err: unknown) => log.error({ err }, 'the fleet could not be reconciled');
  return runDueWork(
    {
      modules,
      clock,
      steady,
      onRound: () =>
        void keepers
          .reviveSilent()
          .catch(trouble)
          .then(() => keepers.reconcileAll()),
      onBrokenTime: (how) => log.warn(how, 'the clock was set, or hived did not run for a while: leases are renewed'),
      onError: (err, module) => log.error({ err, module }, 'due work broke'),
    },
    signal,
  );
}
