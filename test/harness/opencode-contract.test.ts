import { composeOpencode } from '../../harness/driver/opencode/create-opencode.ts';
import { describeAcpCli } from './describe-acp-cli.ts';

describeAcpCli({ driver: 'opencode', cli: 'opencode', model: 'm', shell: 'bash', compose: composeOpencode });
