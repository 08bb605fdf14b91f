/** Options of esbuild: the names that become short, and what they become. */
export declare const shortInternalNames: {
  readonly mangleProps: RegExp;
  readonly mangleCache: Readonly<Record<string, string>>;
};
