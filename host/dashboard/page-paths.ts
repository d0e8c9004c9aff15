/** The routes of the page, shared by both sides: the server answers each with the same HTML, the page renders the route. */
export const PAGE_PATHS = {
  fleet: '/',
  newAgent: '/agents/new',
  agent: '/agents/:name',
  agentMailbox: '/agents/:name/mailbox',
  agentReminders: '/agents/:name/reminders',
  agentSpec: '/agents/:name/spec',
  agentTerminal: '/agents/:name/terminal',
  threads: '/messages',
  inbox: '/messages/inbox',
  deadLetters: '/messages/dead',
  topics: '/messages/topics',
  thread: '/messages/:id',
  questions: '/questions',
  forge: '/forge',
  hosts: '/hosts',
  money: '/money',
  gateway: '/gateway',
  /** Of older builds: leads to the gateway. */
  providers: '/providers',
  archives: '/archives',
} as const;
