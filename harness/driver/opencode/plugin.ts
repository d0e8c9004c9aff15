/** The methods of the plugin's messages, which read-note.ts reads. */
export const NOTES = { refused: '_hive/refused', retry: '_hive/retry', answered: '_hive/answered' } as const;

/**
 * A plugin of the CLI. The protocol lacks what the driver needs: that a request was refused, with which status, until
 * when the CLI waits before it repeats it (it says nothing meanwhile), and the usage of each request. The plugin writes
 * these as notifications of the protocol, as it allows for names that begin with "_". `hidden`: variables that the
 * agent's commands do not get (an empty one counts as not set). `notes`: whether anybody reads them; a person's terminal
 * would show them.
 *
 * A part of the CLI looks for plugins in the agent's directory, whatever its settings are. For modules it is given an
 * empty one in place of any file but this plugin, at `path`: what the agent wrote is not run in the CLI.
 */
export function composePlugin({
  path,
  hidden,
  notes,
}: {
  path: string;
  hidden: readonly string[];
  notes: boolean;
}): string {
  const foreign = `^(?!/\\$bunfs/|${escapeRegExp(path)}$)/`;
  return `Bun.plugin({
  name: 'hive',
  setup: (build) =>
    build.onLoad({ filter: new RegExp(${JSON.stringify(foreign)}) }, () => ({ contents: 'export {}', loader: 'js' })),
});

const say = (method, params) => ${notes} && process.stdout.write(JSON.stringify({ jsonrpc: '2.0', method, params }) + '\\n');
const hidden = ${JSON.stringify(hidden)};

export const Hive = async () => ({
  config: async (config) => {
    const options = config.provider.hive.options;
    options.fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!response.ok) say('${NOTES.refused}', { status: response.status });
      return response;
    };
  },
  event: async ({ event: { type, properties } }) => {
    if (type === 'session.status' && properties.status.type === 'retry') say('${NOTES.retry}', properties.status);
    if (type === 'message.part.updated' && properties.part.type === 'step-finish') say('${NOTES.answered}', properties.part);
  },
  'shell.env': async (_, output) => {
    for (const name of hidden) output.env[name] = '';
    output.env.OPENCODE_SERVER_PASSWORD = '';
  },
});
`;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[^\w/]/g, String.raw`\$&`);
}
