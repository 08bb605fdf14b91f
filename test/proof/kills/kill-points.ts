// The points where the gateway is killed, in the order in which a run comes to them.
import type { Planted } from './plant.ts';

export interface KillPoint extends Omit<Planted, 'hit'> {
  /** At which of the times that it is reached, from and to. */
  readonly hits: readonly [least: number, most: number];
  /** `starting`: before it listens. `stopping`: only after a SIGTERM. */
  readonly while: 'starting' | 'running' | 'stopping';
}

const point = (
  name: string,
  file: string,
  find: string,
  replace: string,
  hits: KillPoint['hits'],
  during: KillPoint['while'] = 'running',
): KillPoint => ({ name, file, find, replace, hits, while: during });

const database = 'store/embedded-database.ts';
const worker = 'store/embedded-worker.ts';
const pub = 'handlers/pub.ts';

const before = (text: string): readonly [string, string] => [text, `KILL;\n${text}`];
const after = (text: string): readonly [string, string] => [text, `${text}\nKILL;`];

/** The first start: a schema that is half made, a folder that is locked, a file that is open. */
const FIRST: readonly KillPoint[] = [
  point(
    'migration: between a step and its mark',
    database,
    ...before(`database.prepare('insert into migrations`),
    [1, 1],
    'starting',
  ),
  point(
    'migration: before the commit',
    database,
    `database.exec('commit');\n    } catch`,
    `KILL;\ndatabase.exec('commit');\n    } catch`,
    [1, 1],
    'starting',
  ),
  point('start: locked', worker, ...before('const file = join(dataDir, STORE_FILE);'), [1, 1], 'starting'),
  point('start: open, not said', worker, ...before('report({ opened: true });'), [1, 1], 'starting'),
];

/** The first users and conversations. */
const BEGINNING: readonly KillPoint[] = [
  point('account: between user and token', database, ...before('if (user.token)'), [3, 4]),
  point(
    'account: stored, not answered',
    'handlers/acc.ts',
    ...before('if (packet.login === true) session.ctrl'),
    [1, 2],
  ),
  point(
    'conversation: between its row and its member',
    database,
    ...before('run(SQL.join, wanted.topic, wanted.visitor);'),
    [1, 2],
  ),
  point(
    'routing: assigned, not told',
    'routing.ts',
    ...before('await hub.announceMember(conversation, agent, undefined);'),
    [1, 1],
  ),
];

/** The way of a message, from the frame to the ack; and what goes on beside it. */
const RUNNING: readonly KillPoint[] = [
  point('message: checked, not handed to the store', pub, ...before('appended = await append('), [10, 90]),
  point('store: a group arrives', worker, ...before('let fault: unknown;'), [10, 90]),
  point('store: transaction begun', database, ...before('        act();\n        appends.settle();'), [10, 60]),
  point(
    'store: in the middle of a group',
    worker,
    'value: call(database, operation, argument)',
    'value: (KILL, call(database, operation, argument))',
    [20, 120],
  ),
  point(
    'store: between the message and the seqid of its conversation',
    'store/embedded-append.ts',
    ...before('for (const [user, newest] of seqs)'),
    [10, 90],
  ),
  point(
    'store: before the commit',
    database,
    `appends.settle();\n        database.exec('commit');`,
    `appends.settle();\nKILL;\n        database.exec('commit');`,
    [10, 60],
  ),
  point(
    'store: after the commit',
    database,
    `appends.settle();\n        database.exec('commit');`,
    `appends.settle();\n        database.exec('commit');\nKILL;`,
    [10, 60],
  ),
  point(
    'store: answers made, not sent',
    worker,
    'report({ answers: answersTo(database, order.calls) });',
    'const answers = answersTo(database, order.calls);\nKILL;\nreport({ answers });',
    [10, 60],
  ),
  point('store: answers sent', worker, ...after('report({ answers: answersTo(database, order.calls) });'), [10, 60]),
  point(
    'store: answers received',
    'store/embedded-store.ts',
    'groups.answered(report.answers);',
    '{\nKILL;\ngroups.answered(report.answers);\n}',
    [10, 60],
  ),
  point(
    'message: stored, not known to the topic',
    pub,
    ...before('const { seq, at, dup, differs, gone, changed } = appended;'),
    [10, 90],
  ),
  point('message: before its ctrl', pub, ...before('answer(caller, packet, accepted(appended));'), [10, 90]),
  point(
    'message: between its ctrl and its push',
    pub,
    ...after('answer(caller, packet, accepted(appended));'),
    [10, 90],
  ),
  point('message: a repeat is answered', pub, 'if (dup) return;', 'if (dup) {\nKILL;\nreturn;\n}', [1, 2]),
  point('delivery: between two pushes', 'delivery.ts', ...before('if (!isOwn) this.#sink.push(message);'), [10, 90]),
  point('ack: heard, not noted', 'handlers/note.ts', ...before('delivery.ack(seq);'), [5, 30]),
  point(
    'marks: before they are saved',
    'hub.ts',
    ...before('await this.#options.store.saveMarks([...marks.values()]);'),
    [1, 2],
  ),
  point(
    'marks: in the middle of saving them',
    database,
    'mark.topic,\n          mark.user,\n          mark.recv,',
    '(KILL, mark.topic),\n          mark.user,\n          mark.recv,',
    [2, 8],
  ),
  point(
    'login: token known, not answered',
    'handlers/login.ts',
    ...before(`if (!found) {\n    metrics.count('auth_failures', 'token');`),
    [1, 4],
  ),
  point('stop: before marks are saved', 'hub.ts', ...after('this.#stopAgents();'), [1, 1], 'stopping'),
];

export const KILL_POINTS: readonly KillPoint[] = [...FIRST, ...BEGINNING, ...RUNNING];
