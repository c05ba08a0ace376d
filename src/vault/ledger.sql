-- Times are UTC in ISO 8601. Nothing here is a secret: origins carry no credentials.

create table exports (
    sha256    text primary key,
    size      integer not null, -- bytes of the export itself
    stored_at text not null
) strict;

-- One row each time that other bytes came from an origin than before.
create table arrivals (
    id         integer primary key,
    source     text not null,
    name       text not null,
    origin     text not null,
    sha256     text not null references exports,
    arrived_at text not null,
    etag       text,
    modified   text,
    size       integer,       -- as the server says it
    notes      text not null  -- JSON object, such as the query and the server's time
) strict;
create index arrivals_by_origin on arrivals (source, origin, id);

create table runs (
    id         integer primary key,
    command    text not null,
    started_at text not null,
    ended_at   text,
    process    integer not null,
    program    text not null, -- version
    end        text check (end in ('done', 'done with faults', 'failed', 'abandoned')),
    message    text
) strict;

create table stages (
    id          integer primary key,
    run         integer not null references runs,
    stage       text not null,
    source      text,
    started_at  text not null,
    ended_at    text,
    outcome     text,
    rows_read   integer,
    accepted    integer,
    quarantined integer,
    superseded  integer,
    message     text
) strict;
create index stages_by_run on stages (run, id);
create index stages_by_source on stages (source, stage, id);

create table editions (
    run          integer not null references runs,
    report       text not null,
    as_of        text not null,
    number       integer not null,
    folder       text not null,
    published_at text not null
) strict;
