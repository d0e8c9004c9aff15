/** For figures that involve no box: hived finds no engine and continues without. */
export const NO_ENGINE = { socket: '/nonexistent/engine.sock', start: 'never' };

/** Limits that keep agents from flooding each other would limit the measurement, too. */
const NO_LIMITS = {
  mailbox_max_messages: 1_000_000_000,
  mailbox_max_bytes: 1_000_000_000_000,
  send_burst: 1_000_000_000,
  send_per_minute: 1_000_000_000,
  max_reminders: 1_000_000,
};

/** The configuration of a hive in which only the broker is measured. */
export const WITHOUT_BOXES = { engine: NO_ENGINE, broker: NO_LIMITS };
