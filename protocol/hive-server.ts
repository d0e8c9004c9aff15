/** The name of the MCP server that gives agents the hive's tools, as CLIs know it. */
export const HIVE_SERVER = 'hive';
