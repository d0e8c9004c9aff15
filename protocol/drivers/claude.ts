import type { DriverFacts } from './driver-facts.ts';
import { readMcpTool } from '../mcp-names.ts';

export const claude: DriverFacts = {
  title: 'Claude Code, through its JSON Lines stream',
  capabilities: {
    process: 'kept_warm',
    instructions: 'appended',
    tools: 'connected',
    ownTools: 'chosen',
    conversation: 'resumed',
    compaction: 'asked',
    copies: 'forked',
    files: 'kept',
    midTurnMail: 'said',
    interrupt: 'asked',
    usage: 'differences',
    limits: 'recognised',
    terminal: 'resumed',
  },
  command: 'none',
  readToolName: readMcpTool,
  ownModelNames: [
    'default',
    'sonnet',
    'opus',
    'haiku',
    'fable',
    'best',
    'sonnet[1m]',
    'opus[1m]',
    'fable[1m]',
    'opusplan',
    'opusplan[1m]',
  ],
  requestedModels,
  instructions: null,
  memoryMb: 310,
  adds: { version: '2.1.197', texts: 4_300, tools: 5_300, perTool: 15, rest: 470 },
  cli: 'claude',
  usual: null,
};

/** For reading web pages, titles and other small jobs of its own. */
const SMALL = 'haiku';
const FAMILIES = ['sonnet', 'opus', 'fable', 'mythos', SMALL];
/** Words that it makes a model of by the account, the mode or the day. */
const CHOSEN_LATER: ReadonlySet<string> = new Set(['default', 'best', 'opusplan', 'opusplan[1m]']);
/** Tools with which it starts agents of its own, whose models it may choose. */
const OF_AGENTS: ReadonlySet<string> = new Set(['Task', 'Agent']);

function requestedModels({ model, tools }: { model: string; tools: readonly string[] }): readonly string[] {
  if (CHOSEN_LATER.has(model) || tools.some((tool) => OF_AGENTS.has(tool))) return [model, ...FAMILIES];
  // What these models decline, it asks of another family.
  return /fable|mythos/i.test(model) ? [model, 'opus', SMALL] : [model, SMALL];
}
