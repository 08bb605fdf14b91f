// Configuration: the gateway's options with their defaults, and how the environment sets them.
import { LIMITS } from '../protocol/limits.ts';
import type { S3Options } from './files/s3-storage.ts';
import { LOG_LEVELS } from './log.ts';
import type { LogLevel } from './log.ts';
import type { Rate } from './rate-limit.ts';

/** Bounds and times that operators and tests may want otherwise; what both ends must agree on is in the protocol. */
export interface GatewayLimits {
  /** Messages of one user. */
  readonly visitorPubs: Rate;
  readonly agentPubs: Rate;
  /** What else one visitor writes: names, deletions, new conversations. */
  readonly visitorChanges: Rate;
  /** Packets of any kind on one link; more cut it. */
  readonly packets: Rate;
  /** New accounts, failed logins and new links of one address. */
  readonly accounts: Rate;
  readonly loginFailures: Rate;
  readonly handshakes: Rate;
  readonly linksPerAddress: number;
  readonly linksPerVisitor: number;
  readonly links: number;
  /** Malformed packets, and tokens that are none, on one link. */
  readonly badPackets: number;
  readonly badTokens: number;
  readonly helloDeadlineMs: number;
  readonly loginDeadlineMs: number;
  readonly pingEveryMs: number;
  readonly idleMs: number;
  /** How often the logins of agents who are there are looked at: how long one who was removed may still read. */
  readonly tokenCheckMs: number;
  /** How long a poll waits for something to say; less than what proxies wait for. */
  readonly pollMs: number;
  /** First wait for an ack, and how long a receiver may ack nothing at all. */
  readonly repushMs: number;
  readonly giveUpMs: number;
  /** Bytes waiting on one link: beyond the first nothing is pushed, beyond the second it is cut. */
  readonly pauseBytes: number;
  readonly cutBytes: number;
  /** What may wait for the disk before messages are turned away. */
  readonly backlogCalls: number;
  readonly backlogMs: number;
  /** What other gateways have stored is looked for this often: a hint of theirs that is lost delays by so much. */
  readonly catchUpMs: number;
  /** Between two rounds that look for what is too old, and between two steps of one. */
  readonly retentionRoundMs: number;
  readonly retentionStepMs: number;
  /** Typing of one link in one topic. */
  readonly typingEveryMs: number;
  /** How long a link that is closed has to take what was sent before. */
  readonly goodbyeMs: number;
  /**
   * How long links are served on while a gateway stops that is alone: a round trip of a slow network, so that nearly
   * everything on its way is answered. What is not goes again on the next link; more time only means more time away.
   */
  readonly drainMs: number;
  /** And at most, where there are others: until everybody's turn to go there has come. */
  readonly handOverMs: number;
  /** One file. */
  readonly fileBytes: number;
  /** All files of one visitor. */
  readonly visitorFileBytes: number;
  /** Files of one user. */
  readonly visitorUploads: Rate;
  readonly agentUploads: Rate;
  /** Requests about files of one address. */
  readonly fileRequests: Rate;
  /** Uploads under way: how many of one user, and bytes of all of them. */
  readonly uploadsPerUser: number;
  readonly uploadBytes: number;
  /** An upload that brings less than so many bytes in so long is cut. */
  readonly uploadStallMs: number;
  readonly uploadStallBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: GatewayLimits = {
  visitorPubs: { perSecond: 5, burst: 20, perHour: 600 },
  agentPubs: { perSecond: 20, burst: 60 },
  visitorChanges: { perSecond: 1, burst: 30, perHour: 300 },
  packets: { perSecond: 200, burst: 1500 },
  accounts: { perSecond: 20 / 3600, burst: 20 },
  loginFailures: { perSecond: 10 / 600, burst: 10 },
  handshakes: { perSecond: 10, burst: 100 },
  linksPerAddress: 100,
  linksPerVisitor: 8,
  links: 20_000,
  badPackets: 20,
  badTokens: 5,
  helloDeadlineMs: LIMITS.helloDeadlineMs,
  loginDeadlineMs: LIMITS.loginDeadlineMs,
  pingEveryMs: 25_000,
  idleMs: LIMITS.idleMs,
  tokenCheckMs: 5_000,
  pollMs: 20_000,
  repushMs: 2_000,
  giveUpMs: 30_000,
  pauseBytes: 256 * 1024,
  cutBytes: 4 * 1024 * 1024,
  backlogCalls: 10_000,
  backlogMs: 2_000,
  catchUpMs: 2_000,
  retentionRoundMs: 3_600_000,
  retentionStepMs: 1_000,
  typingEveryMs: 1_000,
  goodbyeMs: 2_000,
  drainMs: 1_000,
  handOverMs: 67_000,
  fileBytes: 20 * MIB,
  visitorFileBytes: 1024 * MIB,
  visitorUploads: { perSecond: 1 / 30, burst: 30 },
  agentUploads: { perSecond: 1, burst: 100 },
  fileRequests: { perSecond: 50, burst: 500 },
  uploadsPerUser: 4,
  uploadBytes: 1024 * MIB,
  uploadStallMs: 20_000,
  uploadStallBytes: 16 * 1024,
};

/** One machine that plays many users. */
export const LOCAL_LIMITS: Partial<GatewayLimits> = {
  accounts: { perSecond: 10, burst: 10_000 },
  handshakes: { perSecond: 1_000, burst: 10_000 },
  fileRequests: { perSecond: 1_000, burst: 10_000 },
  linksPerAddress: 10_000,
  linksPerVisitor: 10_000,
};

export interface JwtConfig {
  /** A file with a JWK set. */
  readonly keysFile: string | undefined;
  /** An HS256 key. */
  readonly secret: string | undefined;
  readonly audience: string;
  /** Nobody becomes a visitor without. */
  readonly isRequired: boolean;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** PostgreSQL; undefined: the embedded store. */
  readonly databaseUrl: string | undefined;
  /** NATS; undefined: gateways reach each other by the database. */
  readonly natsUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  /** Proxies in front that each add an address to X-Forwarded-For; 0: the header is not believed. */
  readonly trustProxy: number;
  readonly openRegistration: boolean;
  /** How visitors are known by the tokens of who runs the page; undefined: they are not. */
  readonly jwt: JwtConfig | undefined;
  /** Conversations that one agent has at a time. */
  readonly agentCapacity: number;
  readonly systemLines: boolean;
  readonly moderationWords: string | undefined;
  /** Undefined: everything is kept. */
  readonly retentionDays: number | undefined;
  readonly fileBytes: number;
  /** Where uploaded files are; undefined: in the data folder. */
  readonly s3: S3Options | undefined;
  readonly logLevel: LogLevel;
  /** Those that are other than by default. */
  readonly limits: Partial<GatewayLimits>;
  /** Where metrics are served; undefined: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
}

/** What `--help` says about each variable. */
export const VARIABLES: readonly (readonly [name: string, meaning: string])[] = [
  ['PORT', 'port to listen on (6060)'],
  ['HOST', 'address to listen on (127.0.0.1)'],
  ['DATA_DIR', 'folder of the store and of uploaded files (./.data)'],
  ['DATABASE_URL', 'PostgreSQL, for any number of gateways: postgres://user:password@host/database (data folder)'],
  ['NATS_URL', 'NATS between the gateways: nats://host:4222, several comma-separated (the database)'],
  [
    'ALLOWED_ORIGINS',
    'origins of the pages that may connect, comma-separated, * for all; for one channel: web=https://… (the own host)',
  ],
  ['TRUST_PROXY', 'how many proxies in front add to X-Forwarded-For (0)'],
  ['AGENT_CAPACITY', 'conversations that one agent has at a time (8)'],
  ['SYSTEM_LINES', '0: conversations do not say who joined, handed over or closed them (1)'],
  ['MODERATION_WORDS', 'file of words that are refused, or hidden: "hide:" before the word (none)'],
  ['RETENTION_DAYS', 'messages and their files are removed when they are older (0: never)'],
  ['MAX_FILE_SIZE', 'of one uploaded file, in MiB (20)'],
  [
    'S3_BUCKET',
    'bucket for uploaded files; with S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY (data folder)',
  ],
  [
    'JWT_KEYS',
    "file with the JWK set for customers' signed tokens; or JWT_SECRET, an HS256 key; JWT_AUDIENCE (kefu); JWT_REQUIRED=1: nobody without (none)",
  ],
  ['OPEN_REGISTRATION', '1: anybody may register an account with name and password (0)'],
  ['METRICS_PORT', 'port for Prometheus, with METRICS_HOST (127.0.0.1): not for the public (none)'],
  ['LIMITS', 'other limits than docs/operations.md has: "links=5000 visitorPubs.perHour=900" (none)'],
  ['LOG_LEVEL', `${LOG_LEVELS.join(', ')} (info; warn with --demo)`],
];

/** Something in the environment or on the command line that can't be. The message is for people. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const whole = (name: string, value: string, most: number): number => {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > most)
    throw new ConfigError(`${name} must be a whole number up to ${most}, not "${value}"`);
  return number;
};

/** The bucket, if there is to be one. */
function s3Of(get: (name: string, otherwise: string) => string): S3Options | undefined {
  const bucket = get('S3_BUCKET', '');
  if (bucket === '') return undefined;
  const region = get('S3_REGION', 'us-east-1');
  const endpoint = get('S3_ENDPOINT', `https://s3.${region}.amazonaws.com`);
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw new ConfigError(`S3_ENDPOINT must be an http address, not "${endpoint}"`);
  const [accessKeyId, secretAccessKey] = ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'].map((name) => {
    const value = get(name, '');
    if (value === '') throw new ConfigError(`${name} must be set with S3_BUCKET`);
    return value;
  });
  return { bucket, region, endpoint, accessKeyId: accessKeyId ?? '', secretAccessKey: secretAccessKey ?? '' };
}

/** The addresses of what gateways share. */
function sharedOf(get: (name: string, otherwise: string) => string): Pick<Config, 'databaseUrl' | 'natsUrl'> {
  const check = (name: string, protocols: RegExp): string | undefined => {
    const value = get(name, '');
    if (value === '') return undefined;
    // What is wrong with it is not said: there may be a password in it.
    for (const one of value.split(','))
      if (!protocols.test(URL.parse(one.trim())?.protocol ?? ''))
        throw new ConfigError(`${name} is no address of its kind`);
    return value;
  };
  const databaseUrl = check('DATABASE_URL', /^postgres(ql)?:$/);
  const natsUrl = check('NATS_URL', /^(nats|tls):$/);
  if (natsUrl !== undefined && databaseUrl === undefined)
    throw new ConfigError('NATS_URL needs DATABASE_URL: gateways that tell each other share a store');
  return { databaseUrl, natsUrl };
}

/** Shorter ones can be guessed from one token (RFC 7518, section 3.2). */
const JWT_SECRET_LEAST = 32;

/** How visitors are known. What is wrong with a key is said without the key. */
function jwtOf(get: (name: string, otherwise: string) => string): JwtConfig | undefined {
  const [keysFile, secret] = [get('JWT_KEYS', ''), get('JWT_SECRET', '')];
  const isRequired = get('JWT_REQUIRED', '0') === '1';
  if (keysFile === '' && secret === '') {
    if (isRequired) throw new ConfigError('JWT_REQUIRED needs JWT_KEYS or JWT_SECRET: nobody could get in');
    return undefined;
  }
  if (secret !== '' && Buffer.byteLength(secret) < JWT_SECRET_LEAST)
    throw new ConfigError(`JWT_SECRET must have ${JWT_SECRET_LEAST} bytes or more`);
  return {
    keysFile: keysFile === '' ? undefined : keysFile,
    secret: secret === '' ? undefined : secret,
    audience: get('JWT_AUDIENCE', 'kefu'),
    isRequired,
  };
}

/** `links=5000 visitorPubs.perHour=900` */
function limitsOf(setting: string): Partial<GatewayLimits> {
  const limits = new Map<string, number | Rate>();
  for (const one of setting.split(/[\s,]+/).filter((text) => text !== '')) {
    const [, name = '', part, value = ''] = /^(\w+)(?:\.(\w+))?=(\d+(?:\.\d+)?)$/.exec(one) ?? [];
    const known =
      limits.get(name) ?? Object.entries<number | Rate>({ ...DEFAULT_LIMITS }).find(([key]) => key === name)?.[1];
    const isPart = part === 'perSecond' || part === 'burst' || part === 'perHour';
    if (known === undefined || (typeof known === 'object') !== isPart)
      throw new ConfigError(`LIMITS: "${one}" sets no limit that there is`);
    limits.set(name, typeof known === 'object' ? { ...known, [part ?? '']: Number(value) } : Number(value));
  }
  return Object.fromEntries(limits);
}

/** Throws {@link ConfigError}. An empty variable counts as not set. */
export function configOf(env: { readonly [name: string]: string | undefined }): Config {
  const get = (name: string, otherwise: string): string => {
    const value = env[name]?.trim();
    return value === undefined || value === '' ? otherwise : value;
  };
  const level = get('LOG_LEVEL', 'info');
  const logLevel = LOG_LEVELS.find((one) => one === level);
  if (!logLevel) throw new ConfigError(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not "${level}"`);
  const metricsPort = get('METRICS_PORT', '');
  const words = get('MODERATION_WORDS', '');
  return {
    host: get('HOST', '127.0.0.1'),
    port: whole('PORT', get('PORT', '6060'), 65_535),
    dataDir: get('DATA_DIR', '.data'),
    ...sharedOf(get),
    allowedOrigins: get('ALLOWED_ORIGINS', '')
      .split(',')
      .map((origin) => origin.trim().replace(/\/$/, ''))
      .filter((origin) => origin !== ''),
    trustProxy: whole('TRUST_PROXY', get('TRUST_PROXY', '0'), 10),
    jwt: jwtOf(get),
    openRegistration: get('OPEN_REGISTRATION', '0') === '1',
    agentCapacity: whole('AGENT_CAPACITY', get('AGENT_CAPACITY', '8'), 10_000),
    systemLines: get('SYSTEM_LINES', '1') !== '0',
    moderationWords: words === '' ? undefined : words,
    retentionDays: whole('RETENTION_DAYS', get('RETENTION_DAYS', '0'), 36_500) || undefined,
    fileBytes: Math.max(1, whole('MAX_FILE_SIZE', get('MAX_FILE_SIZE', '20'), 1_024)) * MIB,
    s3: s3Of(get),
    logLevel,
    limits: limitsOf(get('LIMITS', '')),
    metrics:
      metricsPort === ''
        ? undefined
        : { host: get('METRICS_HOST', '127.0.0.1'), port: whole('METRICS_PORT', metricsPort, 65_535) },
  };
}
