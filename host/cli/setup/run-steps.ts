import { Listr } from 'listr2';
import { HiveError } from '../../../protocol/errors.ts';
import type { Terminal } from '../output/terminal.ts';
import type { SetupContext, SetupStep } from './setup-context.ts';

/**
 * Runs set-up steps in order and shows the progress: on a terminal as a list that changes in place, else as one line
 * for each step, with --json not at all. The first failure ends it and is thrown.
 */
export async function runSteps(steps: readonly SetupStep[], context: SetupContext, terminal: Terminal): Promise<void> {
  // Processes of other users read the files of set-up; secrets are written by hived, with mode 0600.
  process.umask(0o022);
  if (terminal.json) for (const step of steps) await runOne(step, context, () => undefined);
  else if (terminal.width === null) await runPlainly(steps, context, terminal);
  else await runAsList(steps, context);
}

async function runPlainly(steps: readonly SetupStep[], context: SetupContext, terminal: Terminal): Promise<void> {
  for (const step of steps) {
    const done = await runOne(step, context, (doing) => terminal.say(`  ${step.title}: ${doing} …`));
    terminal.say(`✔ ${step.title}: ${done}`);
  }
}

async function runAsList(steps: readonly SetupStep[], context: SetupContext): Promise<void> {
  const list = new Listr(
    steps.map((step) => ({
      title: step.title,
      task: async (_: unknown, task: { title: string; output: string }) => {
        const done = await runOne(step, context, (doing) => {
          task.output = doing;
        });
        task.title = `${step.title}: ${done}`;
      },
    })),
    // main handles signals; our caller reports errors.
    {
      concurrent: false,
      registerSignalListeners: false,
      rendererOptions: { showErrorMessage: false, collapseErrors: false },
    },
  );
  await list.run();
}

async function runOne(step: SetupStep, context: SetupContext, report: (doing: string) => void): Promise<string> {
  if (context.signal.aborted) throw new HiveError('interrupted');
  try {
    return await step.run(context, report);
  } catch (error) {
    if (context.signal.aborted) throw new HiveError('interrupted', undefined, { cause: error });
    if (error instanceof HiveError) throw error;
    throw new HiveError(
      'setup_failed',
      `${step.title}: ${describeFailure(error)}. Mend that and run the same command again.`,
      { cause: error },
    );
  }
}

function describeFailure(error: unknown): string {
  const { code, message, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return `the disk is full${path === undefined ? '' : ` (no room for ${path})`}`;
  if (code === 'EACCES' || code === 'EPERM') return `not permitted${path === undefined ? '' : ` to write ${path}`}`;
  return message;
}
