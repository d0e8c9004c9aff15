import type { TestHive } from './test-hive.ts';

/** Runs a script in an agent's box as the agent, with the box's own Node; its last line is JSON. */
export async function runInBox<T>(hive: TestHive, agent: string, script: string): Promise<T> {
  const { code, output } = await hive.inBox(agent, ['/opt/hive/node/bin/node', '--input-type=module', '-e', script]);
  if (code !== 0) throw new Error(`the script in ${agent}'s box ended with ${code}:\n${output}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as T;
}
