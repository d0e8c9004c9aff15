import { claude } from './claude.ts';
import type { DriverFacts } from './driver-facts.ts';

export const gemini: DriverFacts = {
  title: 'Gemini CLI, through its Agent Client Protocol',
  capabilities: {
    process: 'kept_warm',
    instructions: 'replaced',
    tools: 'given',
    ownTools: 'chosen',
    conversation: 'resumed',
    // A second prompt cancels the first.
    compaction: 'none',
    copies: 'none',
    files: 'own',
    midTurnMail: 'at_end',
    interrupt: 'asked',
    // It reports neither what was read from a cache nor a price.
    usage: 'gateway',
    limits: 'recognised',
    terminal: 'resumed',
  },
  command: 'none',
  // The driver writes the hive's tools so.
  readToolName: claude.readToolName,
  ownModelNames: ['auto', 'pro', 'flash', 'flash-lite'],
  // It replaces names of models that it knows by newer ones, and asks small models for jobs of its own.
  requestedModels: () => null,
  instructions: null,
  memoryMb: 290,
  adds: { version: '0.61.0', texts: 430, tools: 5_700, perTool: 280, rest: 230 },
  cli: 'gemini',
  usual: { protocols: ['gemini'], provider: 'gemini', model: 'gemini-3.8-flash' },
};
