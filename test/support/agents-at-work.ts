import type { TestHive } from './test-hive.ts';

/** What an agent's tool answered: its model is told to call it, and the demo model does. */
export async function useTool(
  hive: TestHive,
  agent: string,
  [tool, input]: readonly [tool: string, input: object],
): Promise<string> {
  const { id } = await hive.admin.call('send', { to: agent, body: `@${tool} ${JSON.stringify(input)}` });
  const turn = await hive.event(
    ({ kind, data }) => kind === 'turn.finished' && (data['messages'] as number[]).includes(id),
  );
  const results = await hive.events('turn.tool_result');
  const result = results.find(({ data }) => data['turn'] === turn.data['turn']);
  return String(result?.data['text'] ?? turn.data['text']);
}

/** Waits for a message with these words to somebody. */
export const heard = (hive: TestHive, to: string, words: string) =>
  hive.event(
    ({ kind, data }) => kind === 'message.sent' && data['to'] === to && String(data['preview']).includes(words),
  );

/** Runs a script in the clone of an agent's box, and returns the id of its newest commit. */
export async function workInBox(hive: TestHive, agent: string, script: string): Promise<string> {
  const identity = `git config --global user.name ${agent}; git config --global user.email ${agent}@hive.local;`;
  const done = await hive.inBox(agent, [
    'sh',
    '-ec',
    `${identity} mkdir -p /tmp/app && cd /tmp/app && ${script} && echo "at $(git rev-parse HEAD)"`,
  ]);
  const [, oid] = /at ([0-9a-f]{40})/.exec(done.output) ?? [];
  if (oid === undefined) throw new Error(done.output);
  return oid;
}
