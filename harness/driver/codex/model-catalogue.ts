/** How many tokens of a tool's answer the CLI passes to the model: the hive's longest answer fits in any script. */
const ANSWER_TOKENS = 50_000;
/** The CLI compacts a conversation that nearly fills this number of tokens. */
const CONTEXT_TOKENS = 272_000;

/**
 * The CLI's catalogue of models, with the spec's model alone. For a model that it does not know from its own
 * catalogue it would send 16 KB of instructions; for the newest ones it would send no tools in the usual form, which
 * other providers than its maker's do not understand. No effort is named, so the provider's default applies.
 */
export function composeCatalogue(model: string, instructions: string): string {
  const entry = {
    slug: model,
    display_name: model,
    base_instructions: instructions,
    supported_reasoning_levels: [],
    supports_reasoning_summaries: true,
    default_reasoning_summary: 'none',
    support_verbosity: false,
    shell_type: 'unified_exec',
    apply_patch_tool_type: 'freeform',
    supports_parallel_tool_calls: true,
    truncation_policy: { mode: 'tokens', limit: ANSWER_TOKENS },
    context_window: CONTEXT_TOKENS,
    input_modalities: ['text', 'image'],
    experimental_supported_tools: [],
    supported_in_api: true,
    visibility: 'list',
    priority: 0,
  };
  return JSON.stringify({ models: [entry] });
}
