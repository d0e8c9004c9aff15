import { Command, CommanderError } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { errorRow, HiveError } from '../../protocol/errors.ts';
import { VERSION } from '../../protocol/version.ts';
import { listNames } from './choose-agents.ts';
import { addAgentCommands } from './commands/agents.ts';
import { addApprovalCommands } from './commands/approvals.ts';
import { addArchiveCommands } from './commands/archives.ts';
import { exitCodes } from './commands/command.ts';
import { addBudgetCommands } from './commands/budgets.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addCostCommand } from './commands/cost.ts';
import { addPromptCommand } from './commands/prompt.ts';
import { addPricesCommand } from './commands/prices.ts';
import { addDashboardCommand } from './commands/dashboard.ts';
import { addDebugCommands } from './commands/debug.ts';
import { addDestroyCommand } from './commands/destroy.ts';
import { addDiskCommand } from './commands/disk.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDriversCommand } from './commands/drivers.ts';
import { addDownCommand, addStatusCommand } from './commands/down.ts';
import { addEditCommand } from './commands/edit.ts';
import { addEgressCommands } from './commands/egress.ts';
import { addForgeCommands } from './commands/forge.ts';
import { addPullCommands } from './commands/pr/pr.ts';
import { addGatewayCommand } from './commands/gateway.ts';
import { addNoteCommand } from './commands/note.ts';
import { addLogCommands } from './commands/logs.ts';
import { addAnswerCommand } from './commands/mail/answer.ts';
import { addDeadCommand } from './commands/mail/dead.ts';
import { addDownloadCommand } from './commands/mail/download.ts';
import { addDropCommand } from './commands/mail/drop.ts';
import { addExportCommand } from './commands/mail/export.ts';
import { addInjectCommand } from './commands/mail/inject.ts';
import { addInboxCommand } from './commands/mail/inbox.ts';
import { addQuestionsCommand } from './commands/mail/questions.ts';
import { addQuietCommand } from './commands/mail/quiet.ts';
import { addReceiptsCommand } from './commands/mail/receipts.ts';
import { addReminderCommands } from './commands/mail/reminders.ts';
import { addRequeueCommand } from './commands/mail/requeue.ts';
import { addScheduleCommands } from './commands/mail/schedules.ts';
import { addSearchCommand } from './commands/mail/search.ts';
import { addSendCommand } from './commands/mail/send.ts';
import { addTailCommand } from './commands/mail/tail.ts';
import { addThreadCommand } from './commands/mail/thread.ts';
import { addThreadsCommand } from './commands/mail/threads.ts';
import { addTopicCommands } from './commands/mail/topics.ts';
import { addModelsCommand } from './commands/models.ts';
import { addPauseCommands } from './commands/pause.ts';
import { addProviderCommands } from './commands/providers.ts';
import { addRebuildCommand } from './commands/rebuild.ts';
import { addSecretCommands } from './commands/secrets.ts';
import { addSessionCommands } from './commands/sessions.ts';
import { addStatsCommand } from './commands/stats.ts';
import { addAttachCommand } from './commands/attach.ts';
import { addShellCommand } from './commands/shell.ts';
import { addToolchainCommands } from './commands/toolchain.ts';
import { addUpCommands } from './commands/up.ts';
import type { CliContext } from './context.ts';
import { endedBy } from './ended-by.ts';
import { reportError } from './output/report-error.ts';

/** All of hivectl's commands. */
export function createProgram(context: CliContext): Command {
  const { stdout, columns } = context.io;
  const program = new Command('hivectl')
    .description('Runs a hive: agents in locked boxes, their mail, their forge, one dashboard.')
    .option('--json', 'answer in JSON, for programs; errors too, on stderr')
    .version(`hivectl ${VERSION}`, '-V, --version', 'the version of hivectl; that of the running hive: hivectl status')
    .enablePositionalOptions()
    .showHelpAfterError('(hivectl COMMAND --help says more)')
    .addHelpText(
      'after',
      '\nBegin with "npm start" in the checkout, then: hivectl ps, hivectl send manager "hello", hivectl thread -f',
    );
  for (const group of GROUPS) {
    program.commandsGroup(`${group.title}:`);
    for (const add of group.add) add(program, context);
  }
  for (const command of everyCommand(program))
    command.exitOverride().configureOutput({
      writeOut: (text) => void stdout.write(text),
      // reportError reports errors, once.
      writeErr: () => undefined,
      outputError: () => undefined,
      getOutHelpWidth: () => columns() ?? 100,
      getErrHelpWidth: () => columns() ?? 100,
    });
  return program;
}

const GROUPS = [
  {
    title: 'The hive',
    add: [
      addUpCommands,
      addDownCommand,
      addStatusCommand,
      addDoctorCommand,
      addDiskCommand,
      addToolchainCommands,
      addDriversCommand,
      addDashboardCommand,
    ],
  },
  {
    title: 'Agents',
    add: [
      addAgentCommands,
      addPauseCommands,
      addNoteCommand,
      addEditCommand,
      addRebuildCommand,
      addDestroyCommand,
      addArchiveCommands,
      addLogCommands,
      addDebugCommands,
      addPromptCommand,
      addAttachCommand,
      addShellCommand,
    ],
  },
  {
    title: 'Messages',
    add: [
      addSendCommand,
      addInjectCommand,
      addInboxCommand,
      addThreadCommand,
      addThreadsCommand,
      addReceiptsCommand,
      addTailCommand,
    ],
  },
  {
    title: 'Questions, reminders, topics',
    add: [
      addQuestionsCommand,
      addAnswerCommand,
      addReminderCommands,
      addScheduleCommands,
      addTopicCommands,
      addQuietCommand,
    ],
  },
  {
    title: 'Mail, looked after',
    add: [addDeadCommand, addRequeueCommand, addDropCommand, addSearchCommand, addExportCommand, addDownloadCommand],
  },
  {
    title: 'Models, money, the way out',
    add: [
      addGatewayCommand,
      addProviderCommands,
      addModelsCommand,
      addBudgetCommands,
      addCostCommand,
      addStatsCommand,
      addSessionCommands,
      addPricesCommand,
      addEgressCommands,
      addApprovalCommands,
      addSecretCommands,
    ],
  },
  { title: 'Around them', add: [addForgeCommands, addPullCommands, addCompletionCommand] },
];

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Runs one command line to its end. Never throws; returns the exit code. */
export async function runCommandLine(context: CliContext, argv: readonly string[]): Promise<number> {
  const json = asksForJson(argv);
  try {
    const program = createProgram(context);
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return exitCodes.get(context) ?? exitOfSignal(context.signal);
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return reportError(usageError(error, argv), context.io, json);
    }
    if (context.signal.aborted) {
      reportError(isInterruption(error) ? error : new HiveError('interrupted'), context.io, json);
      return endedBy(context.signal)?.exit ?? errorRow('interrupted').exit;
    }
    return reportError(await suggestAgent(context, error), context.io, json);
  }
}

/**
 * Exit code of commands that follow: 0 at Ctrl-C, the usual way to end them, and that of a killed program at any other
 * signal.
 */
function exitOfSignal(signal: AbortSignal): number {
  const ended = endedBy(signal);
  return ended === null || ended.name === 'SIGINT' ? 0 : ended.exit;
}

/** A plain interruption; an error with further information, such as where an export stopped, is not. */
function isInterruption(error: unknown): boolean {
  return error instanceof HiveError && error.code === 'interrupted';
}

function usageError(error: CommanderError, argv: readonly string[]): HiveError {
  if (error.code === 'commander.help') {
    const group = argv.filter((arg) => !arg.startsWith('-')).join(' ');
    return new HiveError('invalid_input', `Say what: "hivectl ${group} --help" lists what there is.`);
  }
  const text = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  // The shell treated "#topic" as a comment.
  if (error.code === 'commander.missingArgument' && text.includes("'TO'"))
    return new HiveError('invalid_input', `Missing required argument 'TO'. A topic stands in quotes: "#docs".`);
  return new HiveError(
    'invalid_input',
    `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.)?]$/.test(text) ? '' : '.'}`,
  );
}

/** Adds the nearest existing name to the error about an unknown agent. */
async function suggestAgent(context: CliContext, error: unknown): Promise<unknown> {
  if (!(error instanceof HiveError) || error.code !== 'unknown_agent') return error;
  // hived's error usually has it already.
  if (/Did you mean|There are: /.test(error.message)) return error;
  const list = await context.hive.call('listAgents', {}).catch(() => null);
  const names = list?.agents.map((agent) => agent.name) ?? [];
  const typed = /"([^"]+)"/.exec(error.message)?.[1];
  if (names.length === 0) return error;
  const near = typed === undefined ? undefined : closest(typed, names);
  const hint =
    near !== undefined && distance(typed ?? '', near) <= 3
      ? `Did you mean "${near}"?`
      : `There are: ${listNames(names)}.`;
  return new HiveError(error.code, `${error.message} ${hint}`, {
    cause: error,
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

/** Whether errors are to be JSON too. Arguments of `forge git` do not count. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.findIndex((arg, index) => arg === '--' || (arg === 'git' && argv[index - 1] === 'forge'));
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}
