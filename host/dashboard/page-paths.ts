/** Where the page may be opened, once: the server answers these with the page, which draws what belongs there. */
export const PAGE_PATHS = {
  fleet: '/',
  agent: '/agents/:name',
  agentMailbox: '/agents/:name/mailbox',
  agentReminders: '/agents/:name/reminders',
  threads: '/messages',
  inbox: '/messages/inbox',
  deadLetters: '/messages/dead',
  topics: '/messages/topics',
  thread: '/messages/:id',
  questions: '/questions',
  forge: '/forge',
} as const;
