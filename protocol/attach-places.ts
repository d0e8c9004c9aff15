/** The socket on which a harness gives the agent's conversation to a person, in the harness's directory. */
export const ATTACH_SOCKET = 'attach.sock';

/** The first argument with which the harness's bundle is a person's terminal instead of a harness. */
export const ATTACH_COMMAND = 'attach';
