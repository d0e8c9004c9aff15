import type { Place } from '../../host/daemon/node/place.ts';
import type { AgentName } from '../../protocol/names.ts';

/** The engine and the image that the tests of boxes use. */
export const ENGINE_SOCKET = process.env['HIVE_TEST_ENGINE_SOCKET'] ?? '/var/run/docker.sock';
export const TEST_IMAGE = process.env['HIVE_TEST_IMAGE'] ?? 'hyperhive/base:latest';

/** For tests that mount directories of their own: a place whose agent name is the path itself. */
export const placeAt = (path: string): Place => ({ node: 'local', kind: 'state', agent: path as AgentName });
export const pathOf = ({ agent }: Place): string => agent ?? '';
