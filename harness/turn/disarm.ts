import { foldHead } from './fold-text.ts';

/**
 * Text of others must not look like a message's block, nor like a tag that a CLI's model is trained to read as the
 * system's. Where such a tag could begin, the character that can pass for "<" is written as an entity, whatever
 * characters the name is spelt with. Other text, code above all, is not changed: `Array<string>`, `a < b`, `Vec<u8>`,
 * `<div>`. Lone surrogates become U+FFFD.
 */
export function disarm(text: string): string {
  const whole = text.replaceAll(/\p{Cs}/gu, '\uFFFD');
  let disarmed = '';
  let done = 0;
  for (const { 1: rest = '', index } of whole.matchAll(PIECES)) {
    // Every character that passes for "<" is one UTF-16 unit.
    if (!beginsTag(rest, whole.charAt(index - 1))) continue;
    disarmed += `${whole.slice(done, index)}&lt;`;
    done = index + 1;
  }
  return disarmed + whole.slice(done);
}

function beginsTag(rest: string, before: string): boolean {
  const head = foldHead(rest, MOST_SIGNS);
  return BEGINS_TAG.test(head) || (!/[a-z0-9_]/i.test(before) && BEGINS_TAG_APART.test(head));
}

/** Maximum length of a tag's name that is checked; a run of invisible characters counts once. */
const MOST_SIGNS = 96;
/** `<`, its full-width and small forms, and those that NFKC or a reader may take for it. */
const LESS_THAN = '<\\uFF1C\\uFE64\\u2039\\u276E\\u27E8\\u2329\\u3008\\u226E\\u02C2\\u1438\\u16B2\\u227A\\u276C\\u2770';
/** Such a character, and the text up to the next one: each part of a text is scanned once. */
const PIECES = new RegExp(`[${LESS_THAN}]([^${LESS_THAN}]*)`, 'gu');

/**
 * Tags of the hive and of Claude Code (2.1.197), and how models' own turns and calls are marked. `_` stands for any
 * separator or none. A name matches longer names that continue after a separator (`command-args`).
 */
const NAMES = [
  ['message', 'messages', 'antml', 'system', 'assistant', 'human', 'thinking', 'reasoning', 'invoke', 'parameter'],
  ['function_calls?', 'function_results?', 'tool_calls?', 'tool_uses?', 'tool_results?', 'tool_use_error'],
  ['system_reminder', 'system_prompt', 'system_message', 'persisted_output', 'interrupted_output', 'policy_spec'],
  [
    'local_command',
    'local_command_stdout',
    'local_command_stderr',
    'local_command_caveat',
    'command_name',
    'command_message',
    'command_args',
    'bash_input',
    'bash_stdout',
  ],
  [
    'bash_stderr',
    'bash_output',
    'user_prompt',
    'user_prompt_submit_hook',
    'user_message',
    'user_memory',
    'user_claude_md',
    'claude_md',
  ],
  ['task_notification', 'teammate_message', 'agent_message', 'cross_session', 'new_diagnostics', 'total_tokens'],
  ['sandbox_violations', 'session_metadata', 'mcp_resource', 'autonomous_loop', 'output_file', 'api_error'],
].flat();

/** The same, only where no name stands right before it: in code these are types, `Option<User>`, `Promise<Result>`. */
const NAMES_APART = ['user', 'result', 'output', 'error', 'transcript', 'conversation', 'session', 'memory'];

/**
 * Invisible characters (foldText's \u0001) may stand anywhere in a tag, a character of another script (\u0002) for
 * any letter.
 */
const GAP = '\\x01*';
const LOOKALIKES: Readonly<Record<string, string>> = {
  a: 'a4@',
  b: 'b8',
  e: 'e3',
  g: 'g9',
  i: 'i1l!|',
  l: 'l1i!|',
  o: 'o0',
  s: 's5$',
  t: 't7',
  z: 'z2',
};
const SEPARATOR = '[-_:.\\x01\\x02]*';
/** Characters between "<" and the name: a closing slash. */
const LEAD = `${GAP}(?:[/\\\\!?]${GAP})*`;
const NAME_ENDS = '(?![a-z0-9])';

function spell(name: string): string {
  return name
    .split('_')
    .map((word) => Array.from(word, spellLetter).join(GAP).replaceAll(`${GAP}?`, '?'))
    .join(SEPARATOR);
}

function spellLetter(letter: string): string {
  return letter === '?' ? '?' : `[${LOOKALIKES[letter] ?? letter}\\x02]`;
}

function oneOf(names: readonly string[]): string {
  return `(?:${names.map(spell).join('|')})${NAME_ENDS}`;
}

/** How CLIs name tags that address the model, future ones included; `<file-name>` of a usage line is not one. */
const SPEAKING =
  'reminder|notification|instruction|prompt|hook|caveat|stdout|stderr|diagnostic|rule|polic(?:y|ie)|notice|override';
const COMPOUND = `[a-z]+(?:[-_:][a-z]+)*[-_:](?:${SPEAKING})s?(?=[\\x01/>])`;
const BEGINS_TAG = new RegExp(`^(?:${LEAD}${oneOf(NAMES)}|${GAP}/${LEAD}${oneOf(NAMES_APART)}|${GAP}!${GAP}[-[])`);
const BEGINS_TAG_APART = new RegExp(`^(?:${LEAD}(?:${oneOf(NAMES_APART)}|${COMPOUND}))`);
