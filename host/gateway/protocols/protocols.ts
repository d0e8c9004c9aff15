import { anthropic } from './anthropic/anthropic.ts';
import { openaiChat } from './openai-chat/openai-chat.ts';
import type { Protocol } from './protocol.ts';

/** Every protocol that agents' sockets speak. The first one's errors are the form of answers to what fits none. */
export const PROTOCOLS: readonly [Protocol, ...Protocol[]] = [anthropic, openaiChat];
