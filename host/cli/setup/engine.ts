import { existsSync, readFileSync } from 'node:fs';
import { HiveError } from '../../../protocol/errors.ts';
import { isAlive } from '../../../system/process/inspect-process.ts';
import { findProgram } from '../process/find-program.ts';
import { runProgram, startDaemon } from '../process/run-program.ts';
import { waitUntil } from '../process/wait-until.ts';
import { canInstallPackages, installPackages, lastLines, pathOf } from './apt.ts';
import { decideEngine, type EngineFacts } from './decide-engine.ts';
import { askEngine } from './engine-client.ts';
import type { SetupContext, SetupStep } from './setup-context.ts';

const USUAL_SOCKETS = new Set(['/var/run/docker.sock', '/run/docker.sock']);
const LOG = '/var/log/hyperhive-dockerd.log';
const PID_FILE = '/var/run/docker.pid';
const DAEMON_JSON = '/etc/docker/daemon.json';

/**
 * Ensures a container engine that answers. As root on Debian and its derivatives it is installed and started when there
 * is none.
 */
export const engineStep: SetupStep = {
  title: 'container engine',
  async run(context, report) {
    const facts = await readEngineFacts(context);
    const plan = decideEngine(facts);
    if (plan.do === 'nothing') return `Docker ${facts.version ?? ''} answers on ${facts.socket}`;
    if (plan.do === 'ask') throw new HiveError('engine_unavailable', plan.advice);
    if (plan.install.length > 0) {
      report(`installing ${plan.install.join(' ')}`);
      await installPackages(context, plan.install);
    }
    report('starting dockerd');
    const version = plan.by === 'systemd' ? await startByService(context) : await startByHand(context);
    return `started Docker ${version}`;
  },
};

async function readEngineFacts(context: SetupContext): Promise<EngineFacts> {
  const { settings } = context;
  const answer = await askEngine(settings.engineSocket);
  const path = pathOf(context);
  const needed = { 'docker.io': 'dockerd', iptables: 'iptables' };
  return {
    version: answer.ok ? answer.version : null,
    socket: settings.engineSocket,
    notPermitted: !answer.ok && answer.notPermitted,
    mayStart: settings.engineStart === 'auto' && USUAL_SOCKETS.has(settings.engineSocket),
    privileged: settings.privileged,
    hasApt: settings.privileged ? canInstallPackages(context) : findProgram('apt-get', path) !== null,
    missingPackages: Object.entries(needed).flatMap(([name, program]) =>
      findProgram(program, path) === null ? [name] : [],
    ),
    systemd: existsSync('/run/systemd/system'),
    otherSocket: answer.ok ? null : await answeringSocketOf(settings.dockerHost, settings.engineSocket),
  };
}

async function answeringSocketOf(dockerHost: string | null, usual: string): Promise<string | null> {
  const socket = dockerHost?.startsWith('unix://') === true ? dockerHost.slice('unix://'.length) : null;
  return socket !== null && socket !== usual && (await askEngine(socket)).ok ? socket : null;
}

async function startByService(context: SetupContext): Promise<string> {
  const { settings, signal } = context;
  const { code, output } = await runProgram('systemctl', {
    args: ['enable', '--now', 'docker'],
    env: settings.childEnv,
    signal,
  });
  const version = code === 0 ? await waitForEngine(context, () => false) : null;
  if (version !== null) return version;
  throw new HiveError(
    'engine_unavailable',
    `systemd could not start Docker:\n${lastLines(output, 8)}\nType: systemctl status docker`,
  );
}

/** Without a service manager dockerd runs in its own session and stays when hivectl exits. */
async function startByHand(context: SetupContext): Promise<string> {
  const { settings } = context;
  // With live restore, boxes survive a restart of dockerd. dockerd refuses to start when it is set both here and in its
  // config file.
  const args = keepsBoxes() ? [] : ['--live-restore'];
  const daemon = dockerdRuns()
    ? null
    : await startDaemon(['dockerd', ...args], { env: settings.childEnv, logFile: LOG });
  const version = await waitForEngine(context, () => daemon?.end() != null);
  if (version !== null) return version;
  const log = existsSync(LOG) ? lastLines(readFileSync(LOG, 'utf8'), 8) : '';
  throw new HiveError('engine_unavailable', `dockerd did not come up. The end of its log, ${LOG}:\n${log}`);
}

function waitForEngine(context: SetupContext, gaveUp: () => boolean): Promise<string | null> {
  return waitUntil(
    async () => {
      const answer = await askEngine(context.settings.engineSocket);
      return answer.ok ? answer.version : gaveUp() ? '' : null;
    },
    { everyMs: 150, withinMs: 60_000, signal: context.signal },
  ).then((version) => (version === '' ? null : version));
}

/** The package's own start script may have started it just now. */
function dockerdRuns(): boolean {
  const pid = existsSync(PID_FILE) ? Number(readFileSync(PID_FILE, 'utf8')) : 0;
  return pid > 0 && isAlive(pid) && readCommand(pid).includes('dockerd');
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function keepsBoxes(): boolean {
  return existsSync(DAEMON_JSON) && readFileSync(DAEMON_JSON, 'utf8').includes('"live-restore"');
}
