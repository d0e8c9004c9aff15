/** A request to the demo model, whatever protocol it came in. */
export interface Conversation {
  /** As it was asked for. */
  readonly model: string;
  readonly messages: readonly Message[];
  /** Names of the tools the model was given. */
  readonly tools: readonly string[];
  /** The most tokens it may write; null: as many as it likes. */
  readonly maxTokens: number | null;
  readonly stream: boolean;
}

export interface Message {
  /** `other`: a system's words, of which only a new message that they bring is read. */
  readonly role: 'user' | 'assistant' | 'other';
  readonly parts: readonly Part[];
}

/** What the demo model does not know is left out by the protocol's reader. */
export type Part =
  | { readonly type: 'text'; readonly text: string }
  /** A call of a tool that the model made before. */
  | { readonly type: 'call'; readonly id: string; readonly tool: string }
  /** What came back from the call with this id. */
  | { readonly type: 'result'; readonly call: string; readonly text: string; readonly failed: boolean };
