import { errorRow, HiveError } from '../../../protocol/errors.ts';
import type { CliContext } from '../context.ts';
import { saySince } from '../output/say-figures.ts';
import type { Terminal } from '../output/terminal.ts';
import { identifyBuild, placeApp } from './app-copy.ts';
import { baseImageStep } from './base-image.ts';
import { chromiumStep } from './chromium.ts';
import { dashboardPortStep } from './dashboard-port.ts';
import { engineStep } from './engine.ts';
import {
  askStatus,
  checkConfig,
  type HiveStatus,
  runningBuild,
  startHived,
  waitForReady,
  waitUntilGone,
} from './hived-process.ts';
import { refuseSecondHive } from './other-hive.ts';
import { runSteps } from './run-steps.ts';
import type { SetupStep } from './setup-context.ts';
import { toolchainStep, wholeToolchainStep } from './toolchain.ts';
import { DEFAULT_PROVIDER, DEMO } from '../../../protocol/providers.ts';

/** What follows a set-up: nothing, the start of a hive that is down, or the replacement of a running hived. */
type Purpose = 'only' | 'start' | 'replace';

/** Does the missing set-up before a hive can start. Returns the build to run. */
export async function setUpHive(context: CliContext, terminal: Terminal, purpose: Purpose = 'only'): Promise<string> {
  let build = '';
  const application: SetupStep = {
    title: 'application',
    async run(setup) {
      build = await placeApp(setup);
      return `build ${build}`;
    },
  };
  // Before the slow steps: a typing error is reported at once.
  const configuration: SetupStep = {
    title: 'configuration',
    run: (setup) => checkConfig(setup, build, { trustEarlier: purpose !== 'replace' }),
  };
  const port = purpose === 'start' ? [dashboardPortStep] : [];
  await runSteps([application, configuration, ...port, engineStep, baseImageStep, toolchainStep], context, terminal);
  return build;
}

/** Does the missing set-up before the tests can run. */
export function setUpTests(context: CliContext, terminal: Terminal): Promise<void> {
  return runSteps([engineStep, baseImageStep, wholeToolchainStep, chromiumStep], context, terminal);
}

/** Sets up, starts hived (or replaces a running one), waits until it is ready, and tells the operator its address. */
export async function bringUp(
  context: CliContext,
  terminal: Terminal,
  options: { foreground: boolean; restart: boolean },
): Promise<number | void> {
  const running = await askStatus(context.hive);
  refuseSecondHive(context.settings, running);
  if (running !== null && !options.restart) {
    if (options.foreground)
      throw new HiveError(
        'hive_running',
        `A hive runs on ${context.settings.root} already (pid ${running.pid}). Use it, or stop it first: npx hivectl down --keep-boxes`,
      );
    return tellRunning(context, terminal, running);
  }
  const build = await setUpHive(context, terminal, running === null ? 'start' : 'replace');
  if (running !== null) {
    terminal.say(`Restarting hived (pid ${running.pid}); boxes keep running …`);
    await context.hive.call('shutdown', { boxes: false });
    await waitUntilGone(running.pid, context.signal);
  }
  return options.foreground ? runInForeground(context, terminal, build) : startInBackground(context, terminal, build);
}

async function startInBackground(context: CliContext, terminal: Terminal, build: string): Promise<void> {
  const daemon = await startHived(context, build, 'background');
  try {
    const status = await waitForReady(context, daemon, context.hive);
    terminal.say(`✔ hive: ready (pid ${status.pid})`);
    await tellAddress(context, terminal, { status, started: true });
  } catch (error) {
    // A hived that is not known to be ready is not left running.
    daemon.signal('SIGTERM');
    throw error;
  }
}

/** The exit code for a killed hived, which a service manager must not take for a regular end. */
const ENDED_BY_SIGNAL = errorRow('service_unavailable').exit;

async function runInForeground(context: CliContext, terminal: Terminal, build: string): Promise<number> {
  const daemon = await startHived(context, build, 'foreground');
  const stop = () => daemon.signal('SIGTERM');
  context.signal.addEventListener('abort', stop, { once: true });
  const ready = waitForReady(context, daemon, context.hive).then(
    async (status) => {
      await tellAddress(context, terminal, { status, started: true });
      return true;
    },
    // It printed the reason for its end on this terminal.
    () => false,
  );
  const { code } = await daemon.ended;
  const wasReady = await ready;
  // A hived that was never ready has left nothing that needs to be ended.
  if (!wasReady) return code ?? ENDED_BY_SIGNAL;
  terminal.note(
    'hived has ended; boxes keep running, and the next start adopts them. To end them: "hivectl up", then "hivectl down".',
  );
  return code ?? ENDED_BY_SIGNAL;
}

async function tellRunning(context: CliContext, terminal: Terminal, status: HiveStatus): Promise<void> {
  terminal.say(
    `The hive is up already: pid ${status.pid}, started ${saySince(status.startedAt, context.now())}, ${status.agents} agents.`,
  );
  const running = runningBuild(status.pid);
  const here = identifyBuild(context.dist);
  if (running !== null && running !== here)
    terminal.say(
      `It runs build ${running}; this is ${here}. To change over (boxes keep running): npx hivectl up --restart`,
    );
  await tellAddress(context, terminal, { status, started: false });
}

async function tellAddress(
  context: CliContext,
  terminal: Terminal,
  hive: { status: HiveStatus; started: boolean },
): Promise<void> {
  const link = await context.hive.call('makeLink', {});
  terminal.print({ started: hive.started, status: hive.status, link });
  terminal.say();
  terminal.say(`  Dashboard  ${terminal.style('cyan', hive.status.dashboardUrl)}`);
  terminal.say(`  Sign in    ${terminal.style('cyan', link.url)}  (works once)`);
  const { provider, defaultProvider = DEFAULT_PROVIDER } = hive.status;
  if (provider.name === DEMO)
    terminal.say(
      `  Model      demo: a scripted model that needs no key. A real one: npx hivectl provider set ${defaultProvider}`,
    );
  terminal.say(`  Next       npx hivectl send manager '@send {"to":"scout","body":"hello scout"}'`);
}
