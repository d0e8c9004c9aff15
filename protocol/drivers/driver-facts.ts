/**
 * What a driver can do, one row for each thing in which LLM CLIs differ. The words become the table in docs/drivers.md; the
 * driver contract suite (harness/driver/driver-contract.ts) tests each driver by its own values.
 */
export const CAPABILITIES = {
  process: {
    about: 'its process',
    values: {
      kept_warm: 'is started by the first turn and kept for the next ones until it is idle',
      per_wake: 'is started for each wake and ends with it',
    },
  },
  tools: {
    about: "the hive's tools (MCP)",
    values: {
      connected: 'are connected by the CLI; a turn without them does not start',
      address: 'are at an address that each wake names; the program calls them when it wants to',
    },
  },
  ownTools: {
    about: 'tools of its own',
    values: {
      chosen: "are those of the spec's `tools`; those that collide with the hive's are never offered",
      none: "are its own affair: the spec's `tools` are empty",
    },
  },
  conversation: {
    about: 'the conversation',
    values: {
      resumed: 'is resumed by its id, over restarts of process and box; a missing one is replaced by a fresh one',
      named: 'is the id that the program named last, handed back with the next wake; it may say that it is missing',
    },
  },
  midTurnMail: {
    about: 'mail for a running turn',
    values: {
      said: 'is said into it at once',
      at_end: 'is a further wake at its end, in the same turn',
    },
  },
  interrupt: {
    about: 'an interrupt',
    values: {
      asked: 'asks the CLI to stop; process and conversation stay',
      signalled: 'sends SIGTERM to the program and all it started',
    },
  },
  usage: {
    about: 'tokens and money',
    values: {
      differences: 'are the differences of the running totals that the CLI counts over the life of its process',
      reported: 'are the newest totals that the program reported in this wake',
    },
  },
  limits: {
    about: 'limits, logins and outages of the provider',
    values: {
      recognised: 'are recognised in what the CLI says and in what the gateway tells',
      reported: "are the program's word: the outcome of its result, or its exit code",
    },
  },
} as const;

export type CapabilityName = keyof typeof CAPABILITIES;
export type Capabilities = {
  readonly [Name in CapabilityName]: keyof (typeof CAPABILITIES)[Name]['values'];
};

/** A program that a box needs at /opt/hive, beside node and the harness, when this driver drives its agent. */
export interface ToolchainProgram {
  /** What `hivectl doctor` calls it. */
  readonly name: string;
  /** Path within the toolchain. */
  readonly program: string;
  /** The file within the toolchain that names the program's version. A box made with another version is outdated. */
  readonly stamp: string;
}

/** What is known of a driver without running it. */
export interface DriverFacts {
  /** What it drives, for people. */
  readonly title: string;
  readonly capabilities: Capabilities;
  /** `required`: the spec names the program to run (`command`). `none`: the driver knows it, and a spec that names one is refused. */
  readonly command: 'required' | 'none';
  /** Takes a tool's name apart that the CLI made of an MCP server's and the tool's own; null: it is no MCP server's tool. */
  readToolName(name: string): { server: string; tool: string } | null;
  /** Null: a box needs nothing but node and the harness. */
  readonly toolchain: ToolchainProgram | null;
}
