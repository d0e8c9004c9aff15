import type { Command } from 'commander';
import { CAPABILITIES } from '../../../protocol/drivers/driver-facts.ts';
import type { OpOutput } from '../../../protocol/op.ts';
import type { toldOperations } from '../../../protocol/operations/told.ts';
import { BYTES_PER_TOKEN } from '../../../protocol/told/estimate-tokens.ts';
import type { CliContext } from '../context.ts';
import { cleanText } from '../output/clean-text.ts';
import { sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples, readName } from './command.ts';

type Told = OpOutput<(typeof toldOperations)['getPrompt']>;

export function addPromptCommand(program: Command, context: CliContext): void {
  const prompt = program
    .command('prompt')
    .description("what an agent's model is told with every request: instructions and tools, with their sizes")
    .argument('<NAME>', 'an agent; it need not run');
  examples(prompt, [
    ['hivectl prompt coder', ''],
    ['hivectl prompt coder --json', 'with the whole schemas of the tools'],
  ]);
  define(prompt, context, async (terminal, _, [name]) => {
    const told = await context.hive.call('getPrompt', { name: readName(name) });
    terminal.print(told);
    sayTexts(terminal, told);
    saySizes(terminal, told, context.now());
  });
}

function sayTexts(terminal: Terminal, told: Told): void {
  for (const { text } of told.instructions) {
    terminal.paragraph(cleanText(text), 0);
    terminal.say();
  }
  terminal.say(terminal.style('bold', 'Tools of the hive'));
  for (const { name, description, inputSchema } of told.tools.list) {
    terminal.say(`${name}: ${description}`);
    terminal.say(`  ${JSON.stringify(inputSchema)}`);
  }
  terminal.say();
}

interface Line {
  readonly part: string;
  readonly bytes: number;
  readonly tokens: number | null;
}

const WORDS = {
  skills: "the hive's skills",
  driver: "the driver's words",
  hive: "the hive's instructions",
  operator: "the spec's prompt",
} as const;

function saySizes(terminal: Terminal, told: Told, now: number): void {
  const lines: Line[] = [
    ...told.instructions.map((one) => ({ ...one, part: WORDS[one.by] })),
    { ...told.tools, part: `${told.tools.list.length} tools of the hive` },
    { ...told, part: 'together' },
    ...linesOfCli(told),
  ];
  const columns = [
    { title: 'PART', value: ({ part }: Line) => part },
    { title: 'BYTES', value: ({ bytes }: Line) => bytes.toLocaleString('en') },
    { title: 'TOKENS', value: ({ tokens }: Line) => (tokens === null ? '–' : `≤ ${tokens.toLocaleString('en')}`) },
  ];
  sayTable(terminal, columns, { items: lines, now });
  for (const { name, from } of told.skills)
    terminal.say(
      `Skill "${cleanText(name)}": ${from === 'operator' ? "the operator's" : `of shared/docs at ${told.docsCommit ?? ''}`}.`,
    );
  for (const { name, from, why } of told.skippedSkills)
    terminal.say(
      `Not offered: skill "${cleanText(name)}"${from === 'docs' ? ' of shared/docs' : ''}: ${cleanText(why)}.`,
    );
  for (const sentence of sayHow(told)) terminal.paragraph(sentence, 0);
}

function linesOfCli({ cli, tools }: Told): Line[] {
  if (cli === null) return [];
  const title = `${cli.name} ${cli.version} adds`;
  return [
    { part: `${title}: texts`, bytes: cli.texts, tokens: null },
    { part: `${title}: its own tools`, bytes: cli.tools, tokens: null },
    { part: `${title}: to the hive's tools`, bytes: cli.perTool * tools.list.length, tokens: null },
    { part: `${title}: fields that are no text`, bytes: cli.rest, tokens: null },
  ];
}

function sayHow({ placed, cli, driver, ownTools }: Told): string[] {
  const values: Record<string, string> = CAPABILITIES.instructions.values;
  return [
    `Driver ${driver}: the instructions ${values[placed] ?? placed}.`,
    `Tokens are estimated as bytes / ${BYTES_PER_TOKEN}; tokenizers of models mostly count fewer.`,
    cli === null
      ? 'What the program adds is not known to the hive.'
      : `What ${cli.name} adds was measured in real requests of version ${cli.version} with few tools of its own; it makes these texts itself. This agent may use ${ownTools.length === 0 ? 'those that the driver chooses' : ownTools.join(', ')}.`,
    'The conversation follows: a wake begins with the messages that it brings.',
  ];
}
