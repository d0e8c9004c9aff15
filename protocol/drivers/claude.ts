import type { DriverFacts } from './driver-facts.ts';

export const claude: DriverFacts = {
  title: 'Claude Code, by its stream of JSON lines',
  capabilities: {
    process: 'kept_warm',
    tools: 'connected',
    ownTools: 'chosen',
    conversation: 'resumed',
    midTurnMail: 'said',
    interrupt: 'asked',
    usage: 'differences',
    limits: 'recognised',
  },
  command: 'none',
  toolchain: { name: 'claude', program: 'claude/claude', stamp: 'claude/version' },
};
