/**
 * A module that is loaded into the CLI before its own code. For a trusted directory the CLI takes settings, variables
 * and policies from `.gemini` of that directory and of those above it, and notes from `GEMINI.md` whatever its settings
 * are. Any program of the agent's can write there: these files could redirect requests, run hooks, end turns and pass
 * for instructions. For the CLI there are none outside of its own home (GEMINI_CLI_HOME).
 * It also keeps the CLI from writing every failed request, with the whole conversation, to /tmp.
 */
export function composeGuard(home: string): string {
  return `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, resolve } from 'node:path';

const home = ${JSON.stringify(`${home}/`)};
const { existsSync } = fs;
const { access, writeFile } = fs.promises;

/** Of a file that the CLI would take settings or notes from. */
function isForeign(given) {
  const path = typeof given === 'string' ? resolve(given) : '';
  return !path.startsWith(home) && (path.split('/').includes('.gemini') || basename(path) === 'GEMINI.md');
}

fs.existsSync = (path) => !isForeign(path) && existsSync(path);
fs.promises.access = async (path, mode) => {
  if (isForeign(path)) throw Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT' });
  return access(path, mode);
};
fs.promises.writeFile = async (path, ...rest) =>
  typeof path === 'string' && basename(path).startsWith('gemini-client-error-') ? undefined : writeFile(path, ...rest);
syncBuiltinESMExports();
`;
}
