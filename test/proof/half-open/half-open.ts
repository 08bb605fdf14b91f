// The half-open run (T6): links that are dead and say nothing, in a network namespace made for it.
import { fileURLToPath } from 'node:url';
import type { Case, Outcome } from './cases.ts';
import { runIsolated } from './isolated.ts';

const world = fileURLToPath(new URL('isolated-world.ts', import.meta.url));

const RULES = `nft -f - <<'RULES'
table ip kefu {
  set up { type ipv4_addr; }
  set down { type ipv4_addr; }
  chain input {
    type filter hook input priority 0;
    ip daddr @up drop
    ip saddr @down drop
  }
}
RULES`;

/** Each way of the visitors has its own queue of eight seconds; everybody else is as fast as ever. */
const SLOW = `ip link set lo mtu 1500
tc qdisc add dev lo root handle 1: htb default 10
tc class add dev lo parent 1: classid 1:10 htb rate 10gbit quantum 60000
for way in 20 30; do
  tc class add dev lo parent 1: classid 1:$way htb rate 32kbit burst 4kb quantum 1514
  tc qdisc add dev lo parent 1:$way bfifo limit 32kb
done
nft -f - <<'RULES'
table ip kefu {
  chain output {
    type filter hook output priority 0;
    ip daddr 127.0.1.0/24 meta priority set 1:20
    ip saddr 127.0.1.0/24 meta priority set 1:30
  }
}
RULES`;

/** Plays all the cases at the same time. */
export const runHalfOpen = (cases: readonly Case[], seed: number): Promise<readonly Outcome[]> =>
  runIsolated(RULES, world, { cases, seed });

/** The same on a link of 32 kbit/s, which the visitors share. */
export const runSlow = (cases: readonly Case[], seed: number): Promise<readonly Outcome[]> =>
  runIsolated(SLOW, world, { cases, seed });

export const outcomeText = ({ name, foundMs, recoveredMs, links, failures }: Outcome): string => {
  const seconds = (ms: number | undefined): string => (ms === undefined ? '' : `${(ms / 1000).toFixed(2)} s`);
  const found = foundMs === undefined ? '' : `  found after ${seconds(foundMs)}`;
  const well = recoveredMs === undefined ? '' : `  well again after ${seconds(recoveredMs)}`;
  const over = links === undefined ? '' : `  over ${links} ${links === 1 ? 'link' : 'links'}`;
  return `${failures.length === 0 ? '✓' : '✗'} ${name}${found}${well}${over}${failures.map((one) => `\n    ${one}`).join('')}`;
};
