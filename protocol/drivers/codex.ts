import { claude } from './claude.ts';
import type { DriverFacts } from './driver-facts.ts';

export const codex: DriverFacts = {
  title: 'Codex, through its app-server',
  capabilities: {
    process: 'kept_warm',
    tools: 'connected',
    ownTools: 'fixed',
    conversation: 'resumed',
    compaction: 'none',
    copies: 'none',
    files: 'own',
    midTurnMail: 'said',
    interrupt: 'asked',
    usage: 'tokens',
    limits: 'recognised',
    terminal: 'none',
  },
  command: 'none',
  // The CLI names a tool and its server apart; the driver joins them so.
  readToolName: claude.readToolName,
  ownModelNames: [],
  requestedModels: ({ model }) => [model],
  cli: 'codex',
  usual: { protocols: ['openai-responses'], provider: 'openai', model: 'gpt-5-mini' },
};
