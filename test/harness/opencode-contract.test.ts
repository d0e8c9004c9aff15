import { composeOpencode } from '../../harness/driver/opencode/create-opencode.ts';
import { describeAcpCli } from './describe-acp-cli.ts';

describeAcpCli({
  driver: 'opencode',
  cli: 'opencode',
  model: 'm',
  shell: 'bash',
  writes: (path) => `@write ${JSON.stringify({ filePath: path, content: 'hello\nyou\n' })}`,
  compose: composeOpencode,
});
