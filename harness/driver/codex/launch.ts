import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { composeBoxEnv } from '../process/box-env.ts';
import { KEY_IN_BOX } from '../key-in-box.ts';

/** What the settings of a process depend on. */
export interface LaunchPlan {
  readonly model: string;
  readonly stateDir: string;
  /** The file with the catalogue of models. */
  readonly cataloguePath: string;
  readonly gatewayUrl: string;
  readonly mcpUrl: string;
}

/** Variables with the word that the gateway replaces by the key, and with the harness's secret for its tools. */
const KEY_ENV = 'HIVE_GATEWAY_KEY';
const MCP_TOKEN_ENV = 'HIVE_MCP_TOKEN';

/**
 * The CLI's features that are switched off: tools that collide with the hive's words or need a person, what contacts
 * its vendor, and hooks, which could end a turn.
 */
const OFF = [
  'apps',
  'browser_use',
  'computer_use',
  'enable_request_compression',
  'goals',
  'hooks',
  'image_generation',
  'in_app_browser',
  // Otherwise a message would cut off the answer that the model is writing, and it would be asked anew.
  'instant_interrupt',
  'memories',
  'plugins',
  'remote_plugin',
  'shell_snapshot',
  'skill_mcp_dependency_install',
  'skill_search',
  'sleep_tool',
  'tool_suggest',
  // Otherwise it would retry without end while the gateway does not answer.
  'unbounded_connection_retries',
  'workspace_dependencies',
];

/**
 * The arguments of a warm process. Every setting is an argument, which takes precedence over all files: a file of the
 * agent's, or in a repository that it cloned, can neither redirect requests nor end a turn.
 */
export function composeArgv(plan: LaunchPlan): string[] {
  const provider = `model_providers.${HIVE_SERVER}`;
  const server = `mcp_servers.${HIVE_SERVER}`;
  const settings: Record<string, unknown> = {
    model: plan.model,
    model_provider: HIVE_SERVER,
    model_catalog_json: plan.cataloguePath,
    [`${provider}.name`]: HIVE_SERVER,
    [`${provider}.base_url`]: `${plan.gatewayUrl}/v1`,
    [`${provider}.wire_api`]: 'responses',
    [`${provider}.env_key`]: KEY_ENV,
    [`${provider}.requires_openai_auth`]: false,
    [`${provider}.supports_websockets`]: false,
    [`${provider}.request_max_retries`]: 2,
    [`${provider}.stream_max_retries`]: 3,
    [`${server}.url`]: plan.mcpUrl,
    [`${server}.bearer_token_env_var`]: MCP_TOKEN_ENV,
    [`${server}.enabled`]: true,
    [`${server}.required`]: true,
    [`${server}.startup_timeout_sec`]: 45,
    [`${server}.tool_timeout_sec`]: 600,
    // The box is the sandbox: the CLI's own one needs rights that a box does not have.
    sandbox_mode: 'danger-full-access',
    approval_policy: 'never',
    web_search: 'disabled',
    check_for_update_on_startup: false,
    'analytics.enabled': false,
    'feedback.enabled': false,
    'history.persistence': 'none',
    // No login is read from its directory: one that appears there withdraws the process's leave to use the network for a
    // moment, and the turn or a call of the hive's tools fails.
    cli_auth_credentials_store: 'ephemeral',
    include_permissions_instructions: false,
    include_environment_context: false,
    include_apps_instructions: false,
    include_collaboration_mode_instructions: false,
    project_doc_max_bytes: 0,
    project_root_markers: [],
    'skills.include_instructions': false,
    'skills.bundled.enabled': false,
    'agents.enabled': false,
    'tools.experimental_request_user_input.enabled': false,
    allow_login_shell: false,
    'shell_environment_policy.exclude': [KEY_ENV, MCP_TOKEN_ENV],
    ...Object.fromEntries(OFF.map((feature) => [`features.${feature}`, false])),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${JSON.stringify(value)}`]);
  // Settings in the agent's own directory, which the CLI would trust by itself.
  const untrusted = `projects={${JSON.stringify(plan.stateDir)}={trust_level="untrusted"}}`;
  return ['app-server', ...flags, '-c', untrusted];
}

/** The arguments of an app-server to which the CLI's terminal interface connects, from those of a warm process. */
export function composeServerArgv(argv: readonly string[], socket: string): string[] {
  return [...argv, '--listen', `unix://${socket}`];
}

/** Settings that the app-server alone has: the terminal interface refuses them. */
const OF_SERVER = /^(?:sandbox_mode|approval_policy)=/;

/** The arguments of the CLI's terminal interface, for a person who continues a thread: the settings are the same. */
export function composeTerminalArgv(
  [, ...argv]: readonly string[],
  { socket, threadId }: { socket: string; threadId: string },
): string[] {
  const flags = argv.filter((text, at) => !OF_SERVER.test(text) && !OF_SERVER.test(argv[at + 1] ?? ''));
  return ['resume', ...flags, '--remote', `unix://${socket}`, threadId];
}

/** A proxy that refuses: nothing listens at this port. */
const NOWHERE = 'http://127.0.0.1:1';

/**
 * The environment of the terminal interface. Requests to the model are the app-server's; the interface itself asks a host of
 * its maker's for news, which no setting stops.
 */
export function composeTerminalEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  return { ...env, ...Object.fromEntries(names.map((name) => [name, NOWHERE])) };
}

/** The CLI's whole environment: variables that the box passes on, and settings for a hive. */
export function composeEnv(place: {
  agent: AgentName;
  passedOn: Readonly<Record<string, string>>;
  homeDir: string;
  mcpToken: string;
}): Record<string, string> {
  return {
    ...composeBoxEnv(place),
    CODEX_HOME: place.homeDir,
    [KEY_ENV]: KEY_IN_BOX,
    [MCP_TOKEN_ENV]: place.mcpToken,
    RUST_LOG: 'off',
  };
}
