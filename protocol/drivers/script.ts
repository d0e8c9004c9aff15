import { claude } from './claude.ts';
import type { DriverFacts } from './driver-facts.ts';

export const script: DriverFacts = {
  title: 'a program of yours that reads a wake as JSON and writes events as JSON Lines',
  capabilities: {
    process: 'per_wake',
    instructions: 'in_wake',
    tools: 'address',
    ownTools: 'none',
    conversation: 'named',
    compaction: 'none',
    copies: 'none',
    files: 'own',
    midTurnMail: 'at_end',
    interrupt: 'signalled',
    usage: 'reported',
    limits: 'reported',
    terminal: 'none',
  },
  command: 'required',
  // The program reports its tool calls itself; it names the hive's tools as most CLIs do.
  readToolName: claude.readToolName,
  ownModelNames: [],
  // The program requests what it likes.
  requestedModels: () => null,
  instructions: null,
  memoryMb: 100,
  adds: null,
  cli: null,
  usual: null,
};
