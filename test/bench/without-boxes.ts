/** For figures that no box has a part in: hived finds no engine and goes on without. */
export const NO_ENGINE = { socket: '/nonexistent/engine.sock', start: 'never' };

/** What keeps agents from flooding each other would keep the bench from measuring anything. */
const NO_LIMITS = {
  mailbox_max_messages: 1_000_000_000,
  mailbox_max_bytes: 1_000_000_000_000,
  send_burst: 1_000_000_000,
  send_per_minute: 1_000_000_000,
  max_reminders: 1_000_000,
};

/** The configuration of a hive whose broker alone is measured. */
export const WITHOUT_BOXES = { engine: NO_ENGINE, broker: NO_LIMITS };
