const GENERATED = [
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|composer\.lock|Gemfile\.lock|go\.sum|flake\.lock|gradle\.lockfile)$/,
  /\.(?:min\.(?:js|css)|map|snap|pb\.go|designer\.cs)$/i,
  /(?:^|\/)(?:node_modules|vendor|third_party|__snapshots__|__generated__)\//,
  /\.generated\.\w+$/,
];

/** Whether a program writes such a file, so that hardly anybody reads its changes. */
export function isGenerated(path: string): boolean {
  return GENERATED.some((pattern) => pattern.test(path));
}
