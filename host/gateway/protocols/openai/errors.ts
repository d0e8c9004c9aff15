/** The error types of OpenAI's API by HTTP status. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

/** An error in the format of OpenAI's API. */
export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: null;
    readonly code: string | null;
  };
}

const CODES: Readonly<Record<number, string>> = {
  401: 'invalid_api_key',
  402: 'insufficient_quota',
  404: 'not_found',
  429: 'rate_limit_exceeded',
};

/**
 * The body of an error with this HTTP status. The message is for the agent and its operator, and contains no secret.
 */
export function errorBody(status: number, message: string): OpenAiError {
  const type = ERROR_TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return { error: { message, type, param: null, code: CODES[status] ?? null } };
}
