import { createAcpDriver } from '../agent-protocol/acp-driver.ts';
import type { CreateDriver } from '../driver.ts';
import { composeBoxEnv } from '../process/box-env.ts';

/** Drives an operator's program that speaks the Agent Client Protocol: `command` of the spec. */
export const createAcp: CreateDriver = (place) => {
  const [path = '', ...argv] = place.spec.command ?? [];
  const env = { ...composeBoxEnv(place), HIVE_GATEWAY_URL: place.gatewayUrl, HIVE_FORGE_URL: place.forgeUrl };
  return createAcpDriver(place, { path, argv, env });
};
