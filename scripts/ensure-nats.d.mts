import type { TestServer } from './ensure-postgres.mjs';

export function startNats(): Promise<TestServer | undefined>;
