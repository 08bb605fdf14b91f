// Worker: a process that runs the seeds it is given, one after the other.
import { simulate } from './simulation.ts';
import type { SimulationOptions, SimulationResult } from './simulation.ts';

export type Task = Pick<SimulationOptions, 'seed' | 'messages' | 'tabs' | 'hashes'>;
/** What a worker says of a seed. */
export type Report = SimulationResult & { readonly cpuMicros: number };

process.on('message', (task: Task) => {
  const cpu = process.cpuUsage();
  const result = simulate(task);
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({ ...result, cpuMicros: user + system } satisfies Report);
});
