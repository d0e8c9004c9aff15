import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { AgentSpec } from '../../../protocol/schemas/agent.ts';
import type { DriverPlace } from '../driver.ts';
import { chooseTools, type OwnTools } from '../choose-tools.ts';

const OWN_TOOLS: OwnTools = {
  byName: {
    Bash: ['run_shell_command'],
    Edit: ['replace'],
    Glob: ['glob'],
    Grep: ['grep_search'],
    LS: ['list_directory'],
    Read: ['read_file'],
    TodoWrite: ['write_todos'],
    WebFetch: ['web_fetch'],
    WebSearch: ['google_web_search'],
    Write: ['write_file'],
  },
  colliding: [
    'activate_skill',
    'ask_user',
    'complete_task',
    'enter_plan_mode',
    'exit_plan_mode',
    'invoke_agent',
    'save_memory',
    'tracker_add_dependency',
    'tracker_create_task',
    'tracker_get_task',
    'tracker_list_tasks',
    'tracker_update_task',
    'tracker_visualize',
    'update_topic',
  ],
};

/** The CLI's settings (`settings.json`) for an agent. */
export function composeSettings(spec: Pick<AgentSpec, 'tools'>): object {
  return {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    general: {
      enableAutoUpdate: false,
      enableAutoUpdateNotification: false,
      checkpointing: { enabled: false },
      plan: { enabled: false },
      // Beyond that the agent waits, and is seen to.
      maxAttempts: 3,
    },
    // Only these are offered to the model. Without a name of theirs, the hive's would be left out, too.
    tools: {
      core: [...chooseTools(spec.tools, OWN_TOOLS), `mcp_${HIVE_SERVER}_*`],
      // An answer of the hive's tools is shorter (MAX_ANSWER_CHARS), and is shown whole.
      truncateToolOutputThreshold: 60_000,
    },
    context: { includeDirectoryTree: false },
    skills: { enabled: false },
    hooksConfig: { enabled: false },
    experimental: { enableAgents: false },
    ide: { enabled: false },
    // `.env` files are the agent's own affair.
    advanced: { ignoreLocalEnv: true, autoConfigureMemory: false },
  };
}

/** The same for its terminal interface: with the hive's tools, and without what it asks a person at its first start. */
export function composeTerminalSettings(spec: Pick<AgentSpec, 'tools'>, { url, token }: DriverPlace['mcp']): object {
  return {
    ...composeSettings(spec),
    mcpServers: { [HIVE_SERVER]: { httpUrl: url, headers: { Authorization: `Bearer ${token}` }, trust: true } },
    ui: { theme: 'Default', autoThemeSwitching: false, hideTips: true },
    ide: { enabled: false, hasSeenNudge: true },
  };
}

/** What may be called is what is offered; the box is the limit. Otherwise the hive's tools would be denied. */
export const POLICY = '[[rule]]\ntoolName = "*"\ndecision = "allow"\npriority = 999\n';
