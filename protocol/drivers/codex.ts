import { claude } from './claude.ts';
import type { DriverFacts } from './driver-facts.ts';

export const codex: DriverFacts = {
  title: 'Codex, through its app-server',
  capabilities: {
    process: 'kept_warm',
    instructions: 'replaced',
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
    terminal: 'resumed',
  },
  command: 'none',
  // The CLI names a tool and its server apart; the driver joins them so.
  readToolName: claude.readToolName,
  ownModelNames: [],
  requestedModels: ({ model }) => [model],
  // In place of the 16 KB that it has for a person at a terminal.
  instructions:
    'Act without asking for leave; change files with `apply_patch`. Commands that still run when your turn ends are ended.',
  memoryMb: 150,
  adds: { version: '0.169.0', texts: 270, tools: 5_500, perTool: 35, rest: 1_550 },
  cli: 'codex',
  usual: { protocols: ['openai-responses'], provider: 'openai', model: 'gpt-5-mini' },
};
