/**
 * The capabilities of a driver: one row for each way in which LLM CLIs differ. The texts become the table in
 * docs/drivers.md; the driver contract suite (harness/driver/driver-contract.ts) tests each driver by its own values.
 */
export const CAPABILITIES = {
  process: {
    about: 'process',
    values: {
      kept_warm: 'started by the first turn and kept for the next ones until it has been idle for a while',
      per_wake: 'started for each wake; ends with it',
    },
  },
  instructions: {
    about: "instructions (the hive's, and the spec's `prompt`)",
    values: {
      appended: "follow the CLI's own system prompt",
      replaced: "take the place of the CLI's own system prompt",
      first_text: "are the first text of a conversation, beside the program's own",
      in_wake: 'are in each wake; the program passes them on when it wants to',
    },
  },
  tools: {
    about: "the hive's tools (MCP)",
    values: {
      connected: 'the CLI connects to them; a turn does not start without them',
      given: 'passed to the program with each session that it opens',
      address: 'each wake names their URL; the program calls them when it wants to',
    },
  },
  ownTools: {
    about: 'its own tools',
    values: {
      chosen: "those of the spec's `tools`, except tools that collide with the hive's",
      fixed: "a shell, changes of files and a look at pictures: the spec's `tools` are empty",
      none: "not known to the hive: the spec's `tools` are empty",
    },
  },
  conversation: {
    about: 'conversation',
    values: {
      resumed: 'resumed by its ID, across restarts of process and box; a missing one is replaced by a fresh one',
      named: 'the ID that the program reported last is passed to the next wake; the program may report it as missing',
    },
  },
  compaction: {
    about: 'compaction',
    values: {
      asked: 'the CLI is asked to summarise its conversation when that is cheaper',
      none: 'left to the program, which has no way to be asked for it',
    },
  },
  copies: {
    about: 'copy of a conversation',
    values: {
      forked: '`hivectl sessions fork`: the next turn continues a copy',
      none: 'none',
    },
  },
  files: {
    about: 'files of conversations',
    values: {
      kept: 'listed with their size, checked after a restart, and deleted by age and size',
      own: "the program's own",
    },
  },
  midTurnMail: {
    about: 'mail during a turn',
    values: {
      said: 'passed to the CLI at once',
      at_end: 'a further wake after the running one, in the same turn',
    },
  },
  interrupt: {
    about: 'interrupt',
    values: {
      asked: 'the CLI is asked to stop; process and conversation stay',
      signalled: 'SIGTERM to the program and all its children',
    },
  },
  usage: {
    about: 'tokens and cost',
    values: {
      tokens: 'tokens: differences of the totals that the CLI counts over a conversation; cost: counted by the gateway',
      differences: 'differences of the totals that the CLI counts over the life of its process',
      requests: 'the sum of what the CLI reports for each request; the price is known to the gateway alone',
      reported: 'the last totals that the program reported in this wake',
      gateway: 'counted by the gateway alone: programs differ in what they report',
    },
  },
  limits: {
    about: 'limits, logins and outages of the provider',
    values: {
      recognised: 'recognised in the output of the CLI and in reports of the gateway',
      reported: 'reported by the program: the outcome of its result, or its exit code',
    },
  },
  terminal: {
    about: 'a person in its conversation (`hivectl attach`)',
    values: {
      resumed:
        "in the CLI's own terminal interface, which continues the conversation; the next turn knows what was said",
      none: 'none: the hive knows no terminal interface of the program',
    },
  },
} as const;

export type CapabilityName = keyof typeof CAPABILITIES;
export type Capabilities = {
  readonly [Name in CapabilityName]: keyof (typeof CAPABILITIES)[Name]['values'];
};

/**
 * What a CLI adds to each request beside the hive's instructions, the hive's tools and the conversation, in bytes of
 * JSON; measured in real requests of this version, with the tools Bash, Edit, Read and Write where they are chosen. The
 * figures are limits, too: test/harness/told.test.ts fails when the CLI adds more.
 */
export interface CliAdds {
  readonly version: string;
  /** Texts for the model. */
  readonly texts: number;
  /** Its own tools. */
  readonly tools: number;
  /** To each tool of the hive. */
  readonly perTool: number;
  /** Fields that are no texts for the model. */
  readonly rest: number;
}

/** Facts about a driver that are known without running it. */
export interface DriverFacts {
  /** The program that it drives, for people. */
  readonly title: string;
  readonly capabilities: Capabilities;
  /**
   * `required`: the spec names the program to run (`command`). `none`: the driver knows its program, and a spec that
   * names one is refused.
   */
  readonly command: 'required' | 'none';
  /** Splits the CLI's name of an MCP tool into server and tool; null when the tool is not of an MCP server. */
  readToolName(name: string): { server: string; tool: string } | null;
  /** Names that the CLI itself gives a model, which differs between its versions. */
  readonly ownModelNames: readonly string[];
  /**
   * The models that its requests may name when its spec has these, each by its name or its family (the gateway knows the
   * families of a protocol); null when nobody knows, so that none is refused.
   */
  requestedModels(spec: { readonly model: string; readonly tools: readonly string[] }): readonly string[] | null;
  /** The driver's words for the model, before the hive's; null: none. */
  readonly instructions: string | null;
  /**
   * Memory of its CLI after some turns, in MiB (docs/drivers.md): what a start is expected to take. For a program that the
   * hive does not know, an assumption.
   */
  readonly memoryMb: number;
  /** Null: the hive does not know the program. */
  readonly adds: CliAdds | null;
  /**
   * The CLI that it needs from the toolchain (cli-places.ts), by the name of `hivectl toolchain`. A box keeps the
   * version that it was made with. Null: a box needs only node and the harness.
   */
  readonly cli: string | null;
  /**
   * The protocols of providers (providers.ts) that its CLI speaks, and the provider and model of an agent whose spec
   * names none, in a hive whose default provider speaks none of them. Null: the hive's defaults, always.
   */
  readonly usual: { readonly protocols: readonly string[]; readonly provider: string; readonly model: string } | null;
}
