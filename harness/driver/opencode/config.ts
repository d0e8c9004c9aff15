import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { DriverPlace } from '../driver.ts';
import type { AgentSpec } from '../../../protocol/schemas/agent.ts';
import { chooseTools, type OwnTools } from '../choose-tools.ts';
import { KEY_IN_BOX } from '../key-in-box.ts';

/** By the names of its permissions: `edit` is also that for writing and patching files. */
const OWN_TOOLS: OwnTools = {
  byName: {
    Agent: ['task'],
    Bash: ['bash'],
    Edit: ['edit'],
    Glob: ['glob'],
    Grep: ['grep'],
    LS: ['list'],
    Read: ['read'],
    Skill: ['skill'],
    Task: ['task'],
    TodoWrite: ['todowrite'],
    WebFetch: ['webfetch'],
    WebSearch: ['websearch'],
    Write: ['edit'],
  },
  colliding: ['question', 'plan_enter', 'plan_exit'],
};
/** The provider in the CLI's configuration: the gateway. */
const PROVIDER = 'hive';
const AGENT = 'hive';
const NO_AGENT = { disable: true };

/**
 * The CLI's configuration (`opencode.json`) for an agent. `mcp`: the hive's tools, for its terminal interface; null where they
 * come with each session.
 */
export function composeConfig(
  spec: Pick<AgentSpec, 'model' | 'tools'>,
  given: { systemPrompt: string; baseUrl: string; mcp: DriverPlace['mcp'] | null },
): object {
  const tools = chooseTools(spec.tools, OWN_TOOLS);
  const model = `${PROVIDER}/${spec.model}`;
  const subagents = tools.includes('task') ? {} : { general: NO_AGENT, explore: NO_AGENT };
  return {
    autoupdate: false,
    share: 'disabled',
    snapshot: false,
    lsp: false,
    formatter: false,
    enabled_providers: [PROVIDER],
    provider: {
      [PROVIDER]: {
        npm: '@ai-sdk/openai-compatible',
        name: PROVIDER,
        // The gateway replaces the key by the real one; the box never sees it.
        options: { baseURL: given.baseUrl, apiKey: KEY_IN_BOX },
        models: { [spec.model]: { name: spec.model } },
      },
    },
    model,
    small_model: model,
    default_agent: AGENT,
    agent: {
      // Replaces its system prompt: 9 KB less in each request.
      [AGENT]: { mode: 'primary', prompt: given.systemPrompt },
      build: NO_AGENT,
      plan: NO_AGENT,
      // A title for a session would be a request of its own.
      title: NO_AGENT,
      ...subagents,
    },
    ...(given.mcp === null ? {} : { mcp: { [HIVE_SERVER]: composeServer(given.mcp) } }),
    // What is denied is not offered to the model; what is allowed is not asked about: the box is the limit.
    permission: {
      '*': 'deny',
      ...Object.fromEntries([...tools, `${HIVE_SERVER}_*`].map((name) => [name, 'allow'])),
      external_directory: 'allow',
      doom_loop: 'allow',
    },
    // A tool of the hive answers soon, but a machine may be busy. In milliseconds.
    experimental: { mcp_timeout: 600_000 },
    // An answer of the hive's tools is shorter (MAX_ANSWER_CHARS), and is shown whole.
    tool_output: { max_lines: 50_000, max_bytes: 200_000 },
  };
}

function composeServer({ url, token }: DriverPlace['mcp']): object {
  return { type: 'remote', url, enabled: true, oauth: false, headers: { Authorization: `Bearer ${token}` } };
}
