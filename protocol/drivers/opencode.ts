import { claude } from './claude.ts';
import type { DriverFacts } from './driver-facts.ts';

export const opencode: DriverFacts = {
  title: 'OpenCode, through its Agent Client Protocol and a plugin',
  capabilities: {
    process: 'kept_warm',
    instructions: 'replaced',
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
    terminal: 'resumed',
  },
  command: 'none',
  // The driver writes the hive's tools so.
  readToolName: claude.readToolName,
  ownModelNames: [],
  requestedModels: ({ model }) => [model],
  instructions: null,
  memoryMb: 670,
  adds: { version: '1.18.33', texts: 420, tools: 8_400, perTool: 35, rest: 860 },
  cli: 'opencode',
  usual: { protocols: ['openai-chat'], provider: 'openai', model: 'gpt-5-mini' },
};
