import { join } from 'node:path';
import { cliDir, cliInUse, cliProgram } from '../../protocol/cli-places.ts';
import { DEFAULT_DRIVER, DRIVER_NAMES, DRIVERS } from '../../protocol/drivers/drivers.ts';
import { bad, type DoctorCheck, good, warn } from '../../protocol/schemas/doctor.ts';
import { HiveError } from '../../protocol/errors.ts';
import { type CheckStanding, judgeChecks } from './modules/checks/check-standing.ts';
import { sayProxy } from './modules/providers/say-proxy.ts';
import { DEMO, type ProviderName } from '../../protocol/providers.ts';
import type { ProviderTest } from '../../protocol/schemas/service.ts';
import { sayAdvice } from '../../protocol/say-advice.ts';
import type { ProxyChoice } from '../../protocol/proxy.ts';
import type { ProviderView } from './modules/providers/provider-state.ts';
import type { Places } from './config.ts';
import type { LocalNode } from './node/local-node.ts';
import { sharedPlace } from './node/place.ts';
import type { ToolchainVersions } from './node/toolchain-version.ts';
import { examineDisk } from './modules/disk/examine-disk.ts';
import type { DiskWatch } from './modules/disk/watch-disk.ts';
import { type JudgedAgent, judgeAgents, judgeClock } from './judge-agents.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { Services } from './services/services.ts';

/** The programs that boxes need at /opt/hive: with CLIs that were added, but without those that nobody added. */
function listPrograms(versions: ToolchainVersions): readonly { readonly name: string; readonly program: string }[] {
  return [
    { name: 'node', program: 'node/bin/node' },
    { name: 'harness', program: 'harness/harness.mjs' },
    ...DRIVER_NAMES.flatMap((driver) => {
      const name = DRIVERS[driver].cli;
      const { cli } = versions(driver);
      if (name === null || (cli === null && driver !== DEFAULT_DRIVER)) return [];
      return [{ name, program: cli === null ? cliInUse(name) : cliProgram(cliDir(cli), name) }];
    }),
  ];
}

interface UsedProvider {
  provider: ProviderName;
  view: ProviderView;
}

/** The doctor's checks from inside hived. */
export async function examineHive(deps: {
  places: Places;
  node: Pick<LocalNode, 'pathOf' | 'filesOf' | 'hasProgram' | 'toolchainVersions'>;
  runtime: Runtime;
  services: Services;
  image: string;
  agents: () => readonly JudgedAgent[];
  now: () => number;
  /** Time of the newest event; null when there is none. */
  newestEventAt: () => number | null;
  disk: Pick<DiskWatch, 'report'>;
  privileged: boolean;
  /** Providers with a key or an agent, including the default one. */
  providers: () => UsedProvider[];
  defaultProvider: ProviderName;
  testProvider: (provider: ProviderName) => Promise<ProviderTest>;
  proxy: ProxyChoice;
  checks: CheckStanding;
}): Promise<DoctorCheck[]> {
  // Started first, since it may take a while.
  const tested = deps
    .providers()
    .filter(({ view }) => view.hasKey)
    .map(async ({ provider }) => ({ provider, result: await deps.testProvider(provider) }));
  const engine = await deps.runtime.ping();
  const checks = [
    engine.ok
      ? good('container engine', `answers, version ${engine.version}`)
      : bad('container engine', engine.reason, 'Start it (systemctl start docker), or run "npm start".'),
  ];
  if (engine.ok)
    checks.push(
      (await deps.runtime.hasImage(deps.image).catch(() => false))
        ? good('base image', deps.image)
        : bad('base image', `${deps.image} is missing`, 'Run "npm start": it builds the image.'),
    );
  if (engine.ok) checks.push(await examineMounts(deps));
  for (const { name, program } of listPrograms(deps.node.toolchainVersions()))
    checks.push(
      (await deps.node.hasProgram(program))
        ? good(`toolchain: ${name}`, program)
        : bad(`toolchain: ${name}`, `${program} is missing`, 'Run "npm start": it installs the toolchain.'),
    );
  checks.push(
    ...examineDisk(await deps.disk.report('known'), { places: deps.places, node: deps.node, now: deps.now() }),
  );
  checks.push(
    deps.privileged
      ? good('separation', 'hived is root: every process and box has its own user')
      : warn(
          'separation',
          'hived is not root: services and boxes run as your user',
          'Run the hive as root for full isolation.',
        ),
  );
  const results = await Promise.all(tested);
  for (const used of deps.providers()) {
    // The default provider needs no name.
    const suffix = used.provider === deps.defaultProvider ? '' : `, ${used.provider}`;
    checks.push(judgeProvider(used, `model provider${suffix}`));
    const test = results.find(({ provider }) => provider === used.provider);
    if (test !== undefined) checks.push(sayTest(test.result, `the provider (one free call)${suffix}`));
  }
  checks.push(good('way to the provider', sayProxy(deps.proxy)), judgeChecks(deps.checks));
  for (const service of deps.services.status())
    checks.push(
      service.state === 'running'
        ? good(service.name, `running, pid ${service.pid ?? '?'}, ${service.restarts} restarts`)
        : bad(
            service.name,
            service.reason ?? service.state,
            `Its log is ${join(deps.places.logs, `${service.name}.log`)}.`,
          ),
    );
  checks.push(judgeClock({ now: deps.now(), newestAt: deps.newestEventAt() }));
  checks.push(...judgeAgents(deps.agents(), deps.now()));
  return checks;
}

/** Checks that boxes see the hive's directories as hived does: with an engine on another machine every box fails. */
async function examineMounts(deps: {
  node: Pick<LocalNode, 'pathOf'>;
  runtime: Runtime;
  image: string;
}): Promise<DoctorCheck> {
  const advice =
    'The engine runs on another machine or in another mount namespace (a snap, a rootless engine). Put HIVE_ROOT where it sees it too, or name the right engine: engine.socket in config.yaml.';
  try {
    const unseen = await deps.runtime.findUnseen(deps.image, [sharedPlace('toolchain'), sharedPlace('shared')]);
    if (unseen.length === 0) return good('mounts', 'boxes see the same directories as hived');
    return bad('mounts', unseen.map(({ place, why }) => `${deps.node.pathOf(place)}: ${why}`).join('; '), advice);
  } catch (error) {
    if (!(error instanceof HiveError)) throw error;
    return bad(
      'mounts',
      `no box could be made to look: ${error.message}`,
      'Run "npm start", which sets the engine up.',
    );
  }
}

/** The result of one free call, which tests key, address, proxy and certificates together. */
function sayTest({ ok, found, advice, command }: ProviderTest, name: string): DoctorCheck {
  return ok ? good(name, found) : bad(name, found, advice === null ? null : sayAdvice(advice, command));
}

function judgeProvider({ provider, view }: UsedProvider, check: string): DoctorCheck {
  const { name, refused } = view;
  const set = `hivectl provider set ${provider}`;
  if (refused !== null) return bad(check, `${provider} refuses the key (${refused.status})`, `Set another key: ${set}`);
  if (name === 'none') return bad(check, 'no key is set; agents wait', `Type: ${set} (or: hivectl provider demo)`);
  return good(check, name === DEMO ? 'the scripted demo model' : `${name}; its key was not refused`);
}
