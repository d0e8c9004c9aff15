import type { Command } from 'commander';
import { errorRow, HiveError } from '../../../protocol/errors.ts';
import { bad, type DoctorCheck } from '../../../protocol/schemas/doctor.ts';
import type { CliContext } from '../context.ts';
import { mergeChecks } from '../doctor/merge-checks.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples } from './command.ts';

/** hived checks the mounts in a box, and waits for the provider's answer. */
const EXAMINE_TIMEOUT_MS = 90_000;

export function addDoctorCommand(program: Command, context: CliContext): void {
  const doctor = program
    .command('doctor')
    .description('what is wrong with the machine or the hive, and what to do about it; works without a hive');
  examples(doctor, [['hivectl doctor --json', 'for scripts; exit code 69 when something is broken']]);
  define(doctor, context, async (terminal) => {
    const { examineMachine } = await import('../doctor/examine-machine.ts');
    const checks = mergeChecks(await examineMachine(context), await askHive(context));
    terminal.print({ checks });
    for (const check of checks) sayCheck(terminal, check);
    const failed = checks.filter((check) => check.level === 'fail').length;
    const warned = checks.filter((check) => check.level === 'warn').length;
    terminal.say();
    terminal.say(failed === 0 && warned === 0 ? 'All is well.' : `${failed} broken, ${warned} to look at.`);
    return failed === 0 ? 0 : errorRow('service_unavailable').exit;
  });
}

async function askHive(context: CliContext): Promise<DoctorCheck[] | null> {
  try {
    return (await context.hive.call('doctor', {}, { timeoutMs: EXAMINE_TIMEOUT_MS })).checks;
  } catch (error) {
    if (error instanceof HiveError && error.code === 'hive_unreachable') return null;
    if (error instanceof HiveError && error.code === 'forbidden') return [bad('hive', 'not yours', error.message)];
    throw error;
  }
}

const MARKS = { ok: ['green', '✔'], warn: ['yellow', '!'], fail: ['red', '✖'] } as const;

function sayCheck(terminal: Terminal, check: DoctorCheck): void {
  const [color, mark] = MARKS[check.level];
  terminal.say(`${terminal.style(color, mark)} ${check.name}: ${check.found}`);
  if (check.advice !== null) terminal.paragraph(check.advice, 4);
}
