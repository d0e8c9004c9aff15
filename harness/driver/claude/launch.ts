import { nameMcpServer } from '../../../protocol/mcp-names.ts';
import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { AgentSpec } from '../../../protocol/schemas/agent.ts';
import { composeBoxEnv } from '../process/box-env.ts';
import { KEY_IN_BOX } from '../key-in-box.ts';

/** The parameters of a Claude Code process, beside the session. */
export interface LaunchPlan {
  readonly spec: Pick<AgentSpec, 'model' | 'tools'>;
  readonly systemPrompt: string;
  readonly mcpConfigPath: string;
}

/**
 * The CLI's own tools whose names or purposes collide with the hive's: never offered. Which ones exist depends on its
 * version and on feature flags of its vendor, so unreleased ones are listed too.
 */
export const COLLIDING = [
  'AskUserQuestion',
  'PushNotification',
  'RemoteTrigger',
  'SendMessage',
  'SendUserFile',
  'SendUserMessage',
  'ScheduleWakeup',
  'CronCreate',
  'CronDelete',
  'CronList',
  'TaskCreate',
  'TaskGet',
  'TaskList',
  'TaskOutput',
  'TaskStop',
  'TaskUpdate',
  'TeamCreate',
  'TeamDelete',
];

/**
 * The arguments of a warm process. Options that take lists are written with "=", because they would absorb the
 * following arguments.
 */
export function composeArgv(plan: LaunchPlan, session: { id: string; copy: boolean } | null): string[] {
  return [
    '--print',
    '--input-format=stream-json',
    '--output-format=stream-json',
    '--verbose',
    '--replay-user-messages',
    ...composeCommonArgv(plan),
    ...(session === null ? [] : [`--resume=${session.id}`, ...(session.copy ? ['--fork-session'] : [])]),
  ];
}

/** The arguments of the CLI's own terminal interface, for a person who continues a session. */
export function composeTerminalArgv(plan: LaunchPlan, sessionId: string): string[] {
  return [...composeCommonArgv(plan), `--resume=${sessionId}`];
}

function composeCommonArgv(plan: LaunchPlan): string[] {
  return [
    '--dangerously-skip-permissions',
    // No settings but those given here: a file of the agent's, or in a repository it cloned, could redirect requests,
    // run hooks and end turns. This also disables notes, agents, skills and commands from beside such files.
    '--setting-sources=',
    '--strict-mcp-config',
    `--mcp-config=${plan.mcpConfigPath}`,
    `--tools=${plan.spec.tools.join(',')}`,
    `--allowedTools=${[nameMcpServer(HIVE_SERVER), ...plan.spec.tools].join(',')}`,
    `--disallowedTools=${COLLIDING.join(',')}`,
    `--model=${plan.spec.model}`,
    `--append-system-prompt=${plan.systemPrompt}`,
  ];
}

/** Beside `composeEnv`, for the CLI's terminal interface: it looks for no installation and no marketplace of its maker's. */
export const TERMINAL_ENV = {
  DISABLE_INSTALLATION_CHECKS: '1',
  CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
} as const;

/** The CLI's whole environment: variables that the box passes on, and settings for a hive. */
export function composeEnv(place: {
  agent: AgentName;
  passedOn: Readonly<Record<string, string>>;
  gatewayUrl: string;
  configDir: string;
}): Record<string, string> {
  return {
    ...composeBoxEnv(place),
    ANTHROPIC_BASE_URL: place.gatewayUrl,
    ANTHROPIC_API_KEY: KEY_IN_BOX,
    CLAUDE_CONFIG_DIR: place.configDir,
    // The box is the sandbox: without this the CLI refuses to skip permissions as root.
    IS_SANDBOX: '1',
    CLAUDE_CODE_MAX_RETRIES: '5',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_BUG_COMMAND: '1',
    // 10 KB per request instead of 44 KB for most models: the CLI's short prompt and tool descriptions.
    CLAUDE_CODE_SIMPLE_SYSTEM_PROMPT: '1',
    CLAUDE_CODE_DISABLE_GIT_INSTRUCTIONS: '1',
    // Notes belong in the agent's own directory, where the operator can see them.
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
    // Background tasks would die with the process when it is ended, and start turns nobody asked for.
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    // Otherwise an "@path" in somebody's message would read a file into the session.
    CLAUDE_CODE_DISABLE_ATTACHMENTS: '1',
    // The limit is MAX_ANSWER_CHARS: in some scripts 40,000 characters are more tokens than the CLI's default allows.
    MAX_MCP_OUTPUT_TOKENS: '200000',
    // Otherwise, on a busy machine, the CLI would wait five seconds for the hive and then begin without its tools.
    MCP_CONNECTION_NONBLOCKING: '0',
    MCP_CONNECT_TIMEOUT_MS: '45000',
    MCP_TIMEOUT: '45000',
  };
}
