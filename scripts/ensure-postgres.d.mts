/** A server that a test has started, and can harm. */
export interface TestServer {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}
export function startPostgres(): Promise<TestServer | undefined>;
export function postgresProgram(name: string): string | undefined;
