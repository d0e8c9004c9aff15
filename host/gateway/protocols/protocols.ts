import { anthropic } from './anthropic/anthropic.ts';
import { gemini } from './gemini/gemini.ts';
import { openaiChat } from './openai-chat/openai-chat.ts';
import { openaiResponses } from './openai-responses/openai-responses.ts';
import type { Protocol } from './protocol.ts';

/**
 * Every protocol that agents' sockets speak. A request that fits none of them is answered with an error of the first
 * one.
 */
export const PROTOCOLS: readonly [Protocol, ...Protocol[]] = [anthropic, openaiChat, openaiResponses, gemini];
