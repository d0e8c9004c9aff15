/**
 * A module that is loaded into the CLI before its own code. For a trusted directory the CLI takes settings, variables
 * and policies from `.gemini` of that directory and of those above it, where any program of the agent's can write: they
 * could redirect requests, run hooks, and end turns. For the CLI there are no such files outside of its own home
 * (GEMINI_CLI_HOME).
 * It also keeps the CLI from writing every failed request, with the whole conversation, to /tmp.
 */
export function composeGuard(home: string): string {
  return `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, resolve } from 'node:path';

const home = ${JSON.stringify(`${home}/`)};
const { existsSync } = fs;
const { writeFile } = fs.promises;

fs.existsSync = (path) => {
  const text = typeof path === 'string' ? resolve(path) : '';
  return (text.startsWith(home) || !text.split('/').includes('.gemini')) && existsSync(path);
};
fs.promises.writeFile = async (path, ...rest) =>
  typeof path === 'string' && basename(path).startsWith('gemini-client-error-') ? undefined : writeFile(path, ...rest);
syncBuiltinESMExports();
`;
}
