import type { ControlLine } from './control-lines.ts';
import type { ServicesDeps, ServiceSpec, ServiceTiming } from './service-spec.ts';
import { type ServiceStatus, type SupervisedService, superviseService } from './supervise-service.ts';
import { waitAtMost } from '../../../system/pause.ts';

/** The services of a hive, kept running until `stop`. */
export interface Services {
  /**
   * Starts all at once. Fulfilled when every service is ready, or after `waitMs` (default 20 s) with those that are
   * not: they are retried, and `status` says why they fail. Never rejects.
   */
  start(options?: { waitMs?: number; signal?: AbortSignal }): Promise<readonly ServiceStatus[]>;
  /**
   * Sends a control line to a service. The last line of its kind is repeated to each new instance, so it may be sent at
   * any time, before `start` too. Throws for a name that is not in the specs.
   */
  send(name: string, line: Exclude<ControlLine, { type: 'configure' }>): void;
  status(): ServiceStatus[];
  /** SIGTERM to all, SIGKILL after 6 s; fulfilled when all are gone and their logs are written. */
  stop(): Promise<void>;
}

const DEFAULT_TIMING: ServiceTiming = { readyMs: 15_000, stopMs: 6_000 };

/** Creates the supervisor of the given services. Nothing runs before `start`. */
export function createServices(specs: readonly ServiceSpec[], deps: ServicesDeps): Services {
  const timing = { ...DEFAULT_TIMING, ...deps.timing };
  const services = new Map<string, SupervisedService>(
    specs.map((spec) => [spec.name, superviseService(spec, { ...deps, timing })]),
  );
  const all = [...services.values()];
  return {
    async start({ waitMs = 20_000, signal } = {}) {
      for (const service of all) service.start();
      await waitAtMost(Promise.all(all.map((service) => service.ready)), waitMs, signal);
      return all.map((service) => service.status()).filter((status) => status.state !== 'running');
    },
    send(name, line) {
      const service = services.get(name);
      if (service === undefined) throw new Error(`no service is called ${name}`);
      service.send(line);
    },
    status: () => all.map((service) => service.status()),
    async stop() {
      await Promise.all(all.map((service) => service.stop()));
    },
  };
}
