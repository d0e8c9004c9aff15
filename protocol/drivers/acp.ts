import { claude } from './claude.ts';
import type { DriverFacts } from './driver-facts.ts';

export const acp: DriverFacts = {
  title: 'any program that speaks the Agent Client Protocol (ACP) on its standard input and output',
  capabilities: {
    process: 'kept_warm',
    instructions: 'first_text',
    tools: 'given',
    ownTools: 'none',
    conversation: 'resumed',
    compaction: 'none',
    copies: 'none',
    files: 'own',
    midTurnMail: 'at_end',
    interrupt: 'asked',
    usage: 'gateway',
    limits: 'recognised',
    terminal: 'none',
  },
  command: 'required',
  // The driver writes the hive's tools so; the names of others are the program's.
  readToolName: claude.readToolName,
  ownModelNames: [],
  // The program requests what it likes.
  requestedModels: () => null,
  instructions: null,
  memoryMb: 300,
  adds: null,
  cli: null,
  usual: null,
};
