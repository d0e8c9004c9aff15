/** The engine and the image that the tests of boxes use. */
export const ENGINE_SOCKET = process.env['HIVE_TEST_ENGINE_SOCKET'] ?? '/var/run/docker.sock';
export const TEST_IMAGE = process.env['HIVE_TEST_IMAGE'] ?? 'hyperhive/base:latest';
