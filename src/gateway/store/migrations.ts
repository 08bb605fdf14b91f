// Migrations: the schema, as the steps that lead to it. Forward only; a step that was released never changes.

/**
 * Step n takes the schema from version n to n + 1. Each runs in one transaction. `json` says how the database reads a text
 * as JSON.
 */
export const migrationsOf = (json: (text: string) => string): readonly string[] => [
  `
  create table users (
    id text primary key,
    kind text not null,
    public text,
    created_at bigint not null
  );
  create table logins (
    name text primary key,
    user_id text not null references users (id),
    hash text not null
  );
  create table tokens (
    hash text primary key,
    user_id text not null references users (id),
    expires_at bigint not null
  );
  create index tokens_by_user on tokens (user_id);
  create index tokens_by_expiry on tokens (expires_at);
  create table conversations (
    topic text primary key,
    visitor text not null references users (id),
    key text not null,
    channel text not null,
    public text,
    phase text not null,
    agent text,
    last_agent text,
    waiting_since bigint,
    seq bigint not null,
    clear bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    touched_at bigint not null,
    unique (visitor, key)
  );
  create index conversations_by_phase on conversations (phase, waiting_since);
  create index conversations_by_agent on conversations (agent);
  create table members (
    topic text not null references conversations (topic),
    user_id text not null references users (id),
    recv bigint not null,
    read bigint not null,
    primary key (topic, user_id)
  );
  create index members_by_user on members (user_id);
  create table messages (
    topic text not null,
    seqid bigint not null,
    sender text not null,
    msgid text,
    at bigint not null,
    head text,
    content text not null,
    note integer not null,
    deleted integer not null,
    primary key (topic, seqid)
  );
  create unique index messages_by_msgid on messages (topic, sender, msgid) where msgid is not null;
  create table deletions (
    topic text not null,
    id bigint not null,
    user_id text not null,
    low bigint not null,
    hi bigint not null,
    primary key (topic, id, low)
  );
  create table probes (
    id integer primary key,
    n bigint not null
  );
  `,
  `
  create table files (
    name text primary key,
    user_id text not null references users (id),
    upload text not null,
    mime text not null,
    size bigint not null,
    title text,
    at bigint not null,
    state text not null,
    unique (user_id, upload)
  );
  create index files_by_state on files (state, at);
  create table file_links (
    name text not null references files (name),
    topic text not null,
    seqid bigint not null,
    primary key (name, topic, seqid)
  );
  create index file_links_by_message on file_links (topic, seqid);
  create table secrets (
    name text primary key,
    value text not null
  );
  `,
  `
  alter table deletions add column deleter text;
  `,
  // The seqid of which a message is a newer version; also of those that are there, and what was left of messages that are gone.
  `
  alter table messages add column replaces bigint;
  update messages set replaces = (
    select cast(substr(word, length(rtrim(word, '0123456789')) + 1) as bigint)
    from (select substr(value, 1, length(value) - 1) as word from (
      select cast(${json('head')} -> 'replace' as text) as value
    ) as found) as unquoted
    where word like '"%' and (rtrim(word, '0123456789') = '"' or rtrim(word, '0123456789') like '%:')
      and length(word) - length(rtrim(word, '0123456789')) between 1 and 15
  ) where head like '%"replace":"%';
  create index messages_by_replaced on messages (topic, replaces) where replaces is not null and deleted = 0;
  update messages set deleted = 1, head = null, content = 'null'
  where replaces is not null and deleted = 0 and exists (
    select 1 from messages first where first.topic = messages.topic and first.seqid = messages.replaces
      and first.sender = messages.sender and first.deleted = 1
  );
  delete from file_links where exists (
    select 1 from messages gone where gone.topic = file_links.topic and gone.seqid = file_links.seqid
      and gone.replaces is not null and gone.deleted = 1
  );
  update files set state = 'loose' where state = 'linked'
    and not exists (select 1 from file_links where file_links.name = files.name);
  `,
  // Who a visitor is to those who run the page, and what of that was signed.
  `
  alter table users add column subject text;
  alter table users add column card text;
  create unique index users_by_subject on users (subject) where subject is not null;
  `,
];

/** What only a shared database has: which gateways there are, and who is there. Of the present alone: nothing is lost with it. */
export const SHARED_MIGRATIONS: readonly string[] = [
  `
  create unlogged table nodes (
    node text primary key,
    beat_at timestamptz not null
  );
  create unlogged table presences (
    user_id text not null,
    node text not null,
    duty boolean not null,
    primary key (user_id, node)
  );
  create index presences_by_node on presences (node);
  create index presences_on_duty on presences (user_id) where duty;
  `,
];
