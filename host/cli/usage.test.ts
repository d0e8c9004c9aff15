import { describe, expect, test } from 'vitest';
import { VERSION } from '../../protocol/version.ts';
import { describeTree } from './completion/describe-tree.ts';
import type { CliContext } from './context.ts';
import { createProgram } from './program.ts';
import { runHivectl } from './testing/run-hivectl.ts';

describe('without a hive', () => {
  test('a command exits with 69 and says what to type', async () => {
    const ran = await runHivectl('/nonexistent/admin.sock', ['ps']);
    expect(ran).toEqual({ code: 69, out: '', err: 'error: No hive answers here. Start it with "npm start".\n' });
  });
  test('with --json the error is a body on stderr', async () => {
    const ran = await runHivectl('/nonexistent/admin.sock', ['ps', '--json']);
    expect(ran.code).toBe(69);
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code: 'hive_unreachable' } });
  });
  test('bad input is reported first, and never as a missing hive', async () => {
    const cases: [argv: string[], code: number, words: RegExp][] = [
      [['pss'], 64, /Unknown command 'pss' \(Did you mean ps\?\)/],
      [['ps', '--wat'], 64, /Unknown option '--wat'/],
      [['provider'], 64, /Say what: "hivectl provider --help"/],
      [['stop', 'Bad_Name'], 64, /"Bad_Name" cannot be an agent's name: a name has 1 to 32/],
      [['send', 'manager', ''], 64, /^error: The message is empty\.$/m],
      [['send', 'manager', 'x'.repeat(65_537)], 64, /over 64 KiB/],
      [['send', 'no body', 'hi'], 64, /cannot be a recipient. One is .*"#topic"/],
      [['send', 'manager', 'hi', '--reply-to', '0'], 64, /--reply-to is a whole number above 0, not "0"/],
      [['send'], 64, /Missing required argument 'TO'.*quotes/],
      [['send', 'manager', 'hi', '--ttl', '10'], 64, /--ttl is a duration with its unit, e\.g\. 90s/],
      [['send', 'manager', 'hi', '--ttl', '5s'], 64, /--ttl is from 10s to 30d, not "5s"/],
      [['send', 'manager', 'hi', '--kind', 'poem'], 64, /Allowed choices are note, question/],
      [['send', 'manager', 'hi', '--choice', 'a', '--choice', 'b'], 64, /--choice goes with kind "question" only/],
      [['send', 'manager', 'hi', '--kind', 'question', '--choice', 'a'], 64, /--choice is given 2 to 10 times/],
      [['send', 'manager', 'hi', '--kind', 'question', '--default', 'a'], 64, /--default needs --deadline/],
      [['send', 'manager', 'hi', '--kind', 'answer'], 64, /must say what it replies to: add --reply-to ID/],
      [['send', 'manager', 'hi', '--severity', 'info'], 64, /--severity goes with kind "escalation" only/],
      [
        ['send', 'manager', 'hi', '--attach', '/nonexistent/a'],
        66,
        /--attach "\/nonexistent\/a": there is no such file/,
      ],
      [['send', 'manager', 'hi', '--attach', '/'], 64, /--attach "\/"/],
      [['inbox', 'read'], 64, /either the numbers of messages or --all/],
      [['inbox', 'read', 'x'], 64, /A message's number is a whole number above 0, not "x"/],
      [['thread', '--before', '5'], 64, /--before goes with the ID/],
      [['thread', 'close'], 64, /Missing required argument 'ID'/],
      [['receipts', 'abc'], 64, /A message's number is a whole number/],
      [['requeue'], 64, /either numbers of deliveries.*or --agent NAME, or --all/],
      [['requeue', '1', '--all'], 64, /either numbers of deliveries/],
      [['requeue', '1', '2', '--body', 'x'], 64, /one delivery only/],
      [['requeue', '1', '--edit'], 64, /An editor needs a terminal; use the options/],
      [['drop', '--all'], 64, /without a terminal say --yes/],
      [['topics', 'open', 'No Topic'], 64, /cannot be a topic: a topic is "#" and 1 to 32/],
      [['answer', 'x', 'y'], 64, /A question's number is a whole number/],
      [['answer', '4', ''], 64, /The message is empty/],
      [['remind', 'scout', 'x'], 64, /Say when: either --in 10m or --at/],
      [['remind', 'scout', 'x', '--in', '1m', '--at', '2027-01-31T09:00'], 64, /either --in or --at/],
      [['remind', 'scout', 'x', '--at', 'tomorrow'], 64, /--at is a time, e\.g\. 2027-01-31T09:00/],
      [['remind', 'change', '3'], 64, /Say what to change/],
      [['remind', 'list', '--state', 'gone'], 64, /--state is standing, fired, cancelled/],
      [['schedule', 'scout', 'x'], 64, /Say when: --cron/],
      [['schedule', 'change', '3'], 64, /Say what to change/],
      [['schedule', 'scout', 'x', '--cron', '* * * * *', '--misfire', 'no'], 64, /Allowed choices are skip, once, all/],
      [['schedule', 'scout', 'x', '--cron', '* * * * *', '--jitter', '2h'], 64, /--jitter is from 0(ms|s) to 1h/],
      [['search', ' '], 64, /Say what to look for/],
      [['note', 'Scout!'], 64, /cannot be an agent's name/],
      [['quiet', 'scout', 'later'], 64, /A quiet time \(or "off"\) is a duration/],
      [['tail', '--of', 'No'], 64, /cannot be an agent's name/],
      [['create', 'a', '--memory', 'lots'], 64, /--memory is a whole number/],
      [['create', 'a', '--cpus', '-1'], 64, /--cpus/],
      [['create', 'a', '--memory', '1'], 64, /--memory is from 256 to 1048576, not "1"/],
      [['events', '--kinds', 'turn.*,foo'], 64, /No event is of the kind "foo"/],
      [['start'], 64, /Say which agents/],
      [['stop', '--all', 'scout'], 64, /either agents' names or --all/],
      [['stop', '--state', 'asleep'], 64, /No agent is ever "asleep"/],
      [['ps', '--sort', 'mood'], 64, /Allowed choices are name, state, tokens, cost, mail/],
      [['create', 'a', '--prompt-file', '/nonexistent/p'], 64, /prompt's file could not be read/],
      [['create', 'a', '--prompt', 'x', '--prompt-file', 'y'], 64, /either --prompt or --prompt-file/],
      [['create', 'a', '--prompt', 'x'.repeat(20_001)], 64, /20001 characters; 20000 are the most/],
      [['rebuild', 'scout', '--wait'], 64, /--wait goes with --all/],
      [['rebuild'], 64, /Say which agents/],
      [['rebuild', 'scout', '--all'], 64, /either agents' names or --all/],
      [['rebuild', 'scout', '--now'], 64, /agents that you name are rebuilt at once/],
      [['rebuild', '--role', 'coder', '--now', '--when-idle'], 64, /either --now or --when-idle/],
      [['destroy', 'scout', '--purge', 'manager'], 64, /type the same name once more/],
      [['destroy', 'scout'], 64, /without a terminal say --yes/],
      [['provider', 'set', 'No Body'], 64, /"No Body" cannot be a provider's name: a provider's name has 1 to 32/],
      [['create', 'coder', '--provider', 'demo'], 64, /"demo" cannot be a provider's name: that name is reserved/],
      [['provider', 'add', 'lab', '--kind', 'lab'], 64, /There is no kind "lab": a kind is one of anthropic, openai,/],
      [['completion', 'tcsh'], 64, /bash, zsh, fish/],
      [['forge', 'create', 'notes'], 64, /is not OWNER\/NAME/],
      [['forge', 'rm', 'scout/old'], 64, /without a terminal say --yes/],
      [['forge', 'rm', 'scout/old', '--purge', 'scout/odl'], 64, /--purge/],
      [['forge', 'prune', 'scout/old'], 64, /without a terminal say --yes/],
      [['forge', 'default-branch', 'tools', 'main'], 64, /is not OWNER\/NAME/],
    ];
    for (const [argv, code, words] of cases) {
      const ran = await runHivectl('/nonexistent/admin.sock', argv);
      expect({ argv, code: ran.code, err: ran.err }).toEqual({ argv, code, err: expect.stringMatching(words) });
    }
  });
  test('every command has help with an example or subcommands', async () => {
    const top = await runHivectl('/nonexistent/admin.sock', ['--help']);
    const names = [...top.out.matchAll(/^ {2}([a-z]+)[ <[]/gm)]
      .map((match) => match[1] ?? '')
      .filter((name) => name !== 'help');
    expect(names.length).toBeGreaterThan(35);
    const commands = names.map((name) => [name]);
    for (const path of commands) {
      const ran = await runHivectl('/nonexistent/admin.sock', [...path, '--help']);
      const helps = /Examples:|Commands:/.test(ran.out);
      expect({ path, code: ran.code, helps }).toEqual({ path, code: 0, helps: true });
      const below = ran.out.split('Commands:')[1]?.split('\n\n')[0] ?? '';
      for (const [, name = ''] of below.matchAll(/^ {2}([a-z]+)[ <[]/gm))
        // Arguments after `forge git` are git's, --help too.
        if (name !== 'help' && name !== 'git') commands.push([...path, name]);
    }
    expect(commands.map((path) => path.join(' '))).toContain('schedule pause');
  });
});

test('every command answers in JSON on request; arguments after "forge git" are git’s', () => {
  const tree = describeTree(createProgram({ io: { stdout: process.stdout } } as unknown as CliContext));
  const commands = tree.filter(({ path, subcommands }) => path.length > 0 && subcommands.length === 0);
  const without = commands.filter(({ options }) => !options.some(({ flag }) => flag === '--json'));
  expect(commands.length).toBeGreaterThan(60);
  expect(without.map(({ path }) => path.join(' '))).toEqual(['forge git']);
});

test('--version names the version of the build', async () => {
  const ran = await runHivectl('/nonexistent/admin.sock', ['--version']);
  expect(ran).toEqual({ code: 0, out: `hivectl ${VERSION}\n`, err: '' });
});
