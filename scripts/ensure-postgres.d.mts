/** A server that a test has started, and can harm. */
export interface TestServer {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}
/** A PostgreSQL of our own. */
export interface TestPostgres extends TestServer {
  /** It may write here; `data` is in it. Gone when it stops. */
  readonly folder: string;
  readonly data: string;
  /** Resolves when a command has been run by the user that the server has; rejects when it fails. */
  run(command: string, args: readonly string[]): Promise<void>;
}
/** `more`: what else it is told, as name=value, given its folder. */
export function startPostgres(more?: (folder: string) => readonly string[]): Promise<TestPostgres | undefined>;
export function postgresProgram(name: string): string | undefined;
