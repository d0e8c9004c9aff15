/** Rejects: the box was made without this CLI, so its driver has no program. */
export function failMissing(cli: string): Promise<never> {
  const advice = `On the host: hivectl toolchain add ${cli}, then rebuild the agent.`;
  return Promise.reject(new Error(`The CLI ${cli} is not in the toolchain of this box. ${advice}`));
}
