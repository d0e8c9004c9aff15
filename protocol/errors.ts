/**
 * The one table of every error that can cross a zone's border.
 *
 * `message` is the default sentence; a thrower may give a more specific one. Every message must tell the reader what to
 * do next. `exit` is hivectl's exit code (sysexits where one fits: 64 usage, 66 no input, 69 unavailable, 73 cannot
 * create, 75 try later, 77 not permitted, 78 configuration).
 */
const ERROR_TABLE = {
  // the request
  invalid_input: { status: 400, exit: 64, message: 'The input does not fit this operation.' },
  invalid_json: { status: 400, exit: 64, message: 'The body is not valid JSON in UTF-8.' },
  invalid_name: {
    status: 400,
    exit: 64,
    message: 'A name has 1 to 32 characters: lower-case letters, digits and "-", starting with a letter.',
  },
  not_found: { status: 404, exit: 66, message: 'There is nothing here.' },
  method_not_allowed: { status: 405, exit: 64, message: 'This path does not take that method.' },
  payload_too_large: { status: 413, exit: 64, message: 'The request is larger than allowed.' },
  not_implemented: { status: 501, exit: 70, message: 'This is not built yet.' },
  // the caller
  unauthenticated: { status: 401, exit: 77, message: 'Sign in first: run "hivectl dashboard link" and open the link.' },
  forbidden: { status: 403, exit: 77, message: 'You may not do that.' },
  wrong_host: { status: 421, exit: 77, message: 'This server does not answer to that Host.' },
  wrong_origin: { status: 403, exit: 77, message: 'Requests from that Origin are refused.' },
  link_used: {
    status: 410,
    exit: 77,
    message: 'This sign-in link was used already or is too old. Make a new one with "hivectl dashboard link".',
  },
  // agents
  unknown_agent: { status: 404, exit: 66, message: 'There is no agent of that name.' },
  duplicate_agent: { status: 409, exit: 73, message: 'There is an agent of that name already.' },
  unknown_project: { status: 404, exit: 66, message: 'There is no project of that name.' },
  duplicate_project: { status: 409, exit: 73, message: 'There is an agent or a project of that name already.' },
  project_in_use: { status: 409, exit: 75, message: 'Agents are in that project. Take it from them first.' },
  wrong_state: { status: 409, exit: 75, message: 'The agent is not in a state where that can be done.' },
  busy: { status: 409, exit: 75, message: 'Something else is being done to this agent. Try again when it is over.' },
  name_mismatch: {
    status: 400,
    exit: 64,
    message: 'To purge it, type the same name once more with --purge NAME.',
  },
  // messages
  unknown_message: { status: 404, exit: 66, message: 'There is no such message that you can see.' },
  message_to_self: {
    status: 400,
    exit: 64,
    message: 'A message to oneself goes nowhere. Use a reminder to write to yourself later.',
  },
  message_too_large: {
    status: 413,
    exit: 64,
    message: 'The message is too long. Put it into a file and send the path.',
  },
  too_many_secrets: {
    status: 429,
    exit: 73,
    message: 'There are too many secrets. Remove one first: hivectl secret rm NAME',
  },
  contains_secret: { status: 400, exit: 64, message: 'The file contains a secret: it is not stored.' },
  key_conflict: { status: 409, exit: 73, message: 'This key was used for another message.' },
  stale_fence: { status: 409, exit: 75, message: 'This turn is no longer yours: it was released to another boot.' },
  stale_boot: { status: 409, exit: 75, message: 'Another boot of this harness said hello since. Say hello again.' },
  past_time: { status: 400, exit: 64, message: 'That time is in the past.' },
  too_many_reminders: { status: 429, exit: 75, message: 'Too many reminders are standing. Wait for some to fire.' },
  mailbox_full: { status: 429, exit: 75, message: "The recipient's mailbox is full. Try again later." },
  too_many_streams: {
    status: 429,
    exit: 75,
    message: 'Too many event streams are open. Close some tabs of the dashboard, then try again.',
  },
  unknown_terminal: { status: 404, exit: 66, message: 'That terminal is closed.' },
  too_many_terminals: {
    status: 429,
    exit: 75,
    message: 'Too many terminals are open. Close one first.',
  },
  rate_exceeded: { status: 429, exit: 75, message: 'You write too fast. Wait a little and put more into one message.' },
  not_routed: { status: 403, exit: 77, message: "The hive's routing does not let you write to that recipient." },
  no_recipients: { status: 404, exit: 66, message: 'Nobody is behind this address now.' },
  unknown_topic: { status: 404, exit: 66, message: 'Nobody subscribes to that topic.' },
  topic_closed: { status: 403, exit: 77, message: 'The operator closed this topic.' },
  thread_closed: { status: 409, exit: 73, message: 'This thread is closed. Begin a new one without in_reply_to.' },
  unknown_question: { status: 404, exit: 66, message: 'There is no such question for you.' },
  question_closed: { status: 409, exit: 73, message: 'This question is not open any more.' },
  not_a_choice: { status: 400, exit: 64, message: 'The answer must be one of the choices.' },
  unknown_attachment: { status: 404, exit: 66, message: 'There is no such attachment that you can see.' },
  attachment_too_large: { status: 413, exit: 64, message: 'The file is larger than an attachment may be.' },
  attachment_damaged: {
    status: 500,
    exit: 74,
    message: "The hive's disk damaged this file. Ask its sender to attach it once more: that makes it whole.",
  },
  blob_store_full: {
    status: 507,
    exit: 75,
    message: "The hive's room for attachments is used up. Put the file into /shared and send its path.",
  },
  impossible_cron: { status: 400, exit: 64, message: 'This cron line never fires or cannot be read.' },
  unknown_reminder: { status: 404, exit: 66, message: 'There is no such reminder of yours standing.' },
  unknown_schedule: { status: 404, exit: 66, message: 'There is no such schedule of yours.' },
  // the machine
  storage_unavailable: { status: 503, exit: 75, message: 'The hive cannot write to its disk. Free some space.' },
  engine_unavailable: {
    status: 503,
    exit: 69,
    message: 'The container engine does not answer. Start it, or run "hivectl doctor".',
  },
  engine_error: { status: 502, exit: 69, message: 'The container engine refused.' },
  image_missing: {
    status: 409,
    exit: 69,
    message: 'The image of this box is not on this machine. Run "npm start" to build it.',
  },
  cli_missing: {
    status: 409,
    exit: 69,
    message: "The CLI that this driver needs is not in the hive's toolchain. Add it on the host.",
  },
  runtime_failed: { status: 502, exit: 69, message: 'The box could not be run.' },
  service_unavailable: {
    status: 503,
    exit: 69,
    message: 'That part of the hive is not running right now. Try again shortly.',
  },
  hive_unreachable: { status: 503, exit: 69, message: 'No hive answers here. Start it with "npm start".' },
  hive_running: { status: 409, exit: 73, message: 'A hive runs on this root already.' },
  port_in_use: {
    status: 409,
    exit: 73,
    message: 'The port is in use. Choose another one in config.yaml (dashboard.port).',
  },
  config_invalid: { status: 500, exit: 78, message: 'config.yaml is not valid.' },
  newer_database: {
    status: 500,
    exit: 78,
    message: 'The database was written by a newer Hyperhive. Install that version again; nothing was changed.',
  },
  foreign_root: { status: 500, exit: 78, message: 'This directory does not belong to this hive.' },
  setup_failed: {
    status: 500,
    exit: 70,
    message: 'A set-up step failed. Mend what it says and run the command again.',
  },
  interrupted: { status: 499, exit: 130, message: 'Interrupted. Run the same command again to go on.' },
  // forge and gateway
  unknown_repo: { status: 404, exit: 66, message: 'There is no such repository that you can see.' },
  duplicate_repo: { status: 409, exit: 73, message: 'There is a repository of that name already.' },
  duplicate_mirror: { status: 409, exit: 73, message: 'The repository has that mirror already.' },
  outside_failed: { status: 424, exit: 69, message: 'The server outside could not be used.' },
  forge_quota: {
    status: 409,
    exit: 73,
    message: "This owner's room in the forge is used up. Ask the operator to remove what is not needed.",
  },
  duplicate_token: { status: 409, exit: 73, message: 'There is a token of that name already. Choose another name.' },
  duplicate_label: { status: 409, exit: 73, message: 'There is a label of that name already. Choose another name.' },
  unknown_pull: { status: 404, exit: 66, message: 'There is no pull request of that number in this repository.' },
  duplicate_pull: { status: 409, exit: 73, message: 'There is an open pull request for these branches already.' },
  nothing_to_merge: { status: 409, exit: 73, message: 'The branch has no commits that its base lacks.' },
  not_mergeable: { status: 409, exit: 75, message: 'This pull request cannot be merged now.' },
  pull_moved: {
    status: 409,
    exit: 75,
    message: 'The branch has a newer commit than the one that was meant. Read what changed, then try again.',
  },
  pull_ended: { status: 409, exit: 73, message: 'This pull request is merged or closed.' },
  unknown_provider: { status: 404, exit: 66, message: 'There is no provider of that name.' },
  duplicate_provider: { status: 409, exit: 73, message: 'There is a provider of that name already.' },
  provider_in_use: { status: 409, exit: 75, message: 'Agents are on that provider. Give them another one first.' },
  unknown_key: { status: 404, exit: 66, message: 'The provider has no key of that label.' },
  duplicate_key: { status: 409, exit: 73, message: 'The provider has that key already.' },
  provider_unreachable: { status: 502, exit: 69, message: 'The model provider does not answer.' },
  internal: { status: 500, exit: 70, message: 'Something broke inside the hive. Its log says more.' },
} as const satisfies Record<string, { status: number; exit: number; message: string }>;

/** A stable code from the table; the only thing that programs may match on. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** Every code, in the table's order (docs and tests read it). */
export const ERROR_CODES = Object.keys(ERROR_TABLE) as ErrorCode[];

/** The table's row for a code: HTTP status, hivectl exit code, default sentence. */
export function errorRow(code: ErrorCode): { status: number; exit: number; message: string } {
  return ERROR_TABLE[code];
}

/** The JSON shape of an error on every wire. `details` is data for programs, never secrets. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; details?: Record<string, unknown> };
}

/** The one error that crosses a zone's border. Match on `code`, never on `message`. */
export class HiveError extends Error {
  override readonly name = 'HiveError';
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;

  /** `details.command`: a command of hivectl that helps, which only hivectl shows. */
  constructor(code: ErrorCode, message?: string, extra?: { cause?: unknown; details?: Record<string, unknown> }) {
    super(message ?? ERROR_TABLE[code].message, extra?.cause === undefined ? undefined : { cause: extra.cause });
    this.code = code;
    this.details = extra?.details;
  }

  get status(): number {
    return ERROR_TABLE[this.code].status;
  }

  get exitCode(): number {
    return ERROR_TABLE[this.code].exit;
  }

  toBody(): ErrorBody {
    const error = { code: this.code, message: this.message };
    return { error: this.details === undefined ? error : { ...error, details: this.details } };
  }

  /** Reads an error body from a wire; anything else becomes `internal`. */
  static fromBody(body: unknown): HiveError {
    const error = (body as ErrorBody | undefined)?.error;
    if (error === undefined || typeof error.message !== 'string' || !(error.code in ERROR_TABLE))
      return new HiveError('internal', undefined, { details: { body } });
    return new HiveError(error.code, error.message, error.details === undefined ? {} : { details: error.details });
  }
}
