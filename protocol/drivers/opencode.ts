import { claude } from './claude.ts';
import type { DriverFacts } from './driver-facts.ts';

export const opencode: DriverFacts = {
  title: 'OpenCode, through its Agent Client Protocol and a plugin',
  capabilities: {
    process: 'kept_warm',
    tools: 'given',
    ownTools: 'chosen',
    conversation: 'resumed',
    compaction: 'none',
    copies: 'none',
    files: 'own',
    midTurnMail: 'said',
    interrupt: 'asked',
    usage: 'requests',
    limits: 'recognised',
    terminal: 'none',
  },
  command: 'none',
  // The driver writes the hive's tools so.
  readToolName: claude.readToolName,
  ownModelNames: [],
  requestedModels: ({ model }) => [model],
  cli: 'opencode',
  usual: { protocols: ['openai-chat'], provider: 'openai', model: 'gpt-5-mini' },
};
