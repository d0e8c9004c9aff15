/** For figures that no box has a part in: hived finds no engine and goes on without. */
export const WITHOUT_BOXES = { engine: { socket: '/nonexistent/engine.sock', start: 'never' } };
