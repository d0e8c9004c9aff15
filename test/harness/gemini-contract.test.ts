import { composeGemini } from '../../harness/driver/gemini/create-gemini.ts';
import { describeAcpCli } from './describe-acp-cli.ts';

describeAcpCli({
  driver: 'gemini',
  cli: 'gemini',
  model: 'gemini-3.8-flash',
  shell: 'run_shell_command',
  writes: (path) => `@write_file ${JSON.stringify({ file_path: path, content: 'hello\nyou\n' })}`,
  compose: composeGemini,
});
