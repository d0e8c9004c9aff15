/** A request to the demo model, independent of its protocol. */
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
  /** `other`: system text, of which only an embedded new message is read. */
  readonly role: 'user' | 'assistant' | 'other';
  readonly parts: readonly Part[];
}

/** Parts that the demo model does not know are left out by the protocol's reader. */
export type Part =
  | { readonly type: 'text'; readonly text: string }
  /** A call of a tool that the model made before. */
  | { readonly type: 'call'; readonly id: string; readonly tool: string }
  /** The result of the call with this id. */
  | { readonly type: 'result'; readonly call: string; readonly text: string; readonly failed: boolean };
