-- A small schema for the tests of the platform itself.
create table team (
  id integer primary key,
  name text not null unique
);

create table member (
  id integer primary key,
  team_id integer not null constraint member_team references team,
  name text not null,
  age integer constraint member_age check (age >= 0),
  joined_at timestamptz not null default now()
);

create table counter (
  id integer primary key,
  value integer not null
);
insert into counter values (1, 0), (2, 0);

-- Ends the session that commits a row of it, at the moment of COMMIT.
create table fuse (id integer primary key);
create function blow() returns trigger language plpgsql as $$
begin
  perform pg_terminate_backend(pg_backend_pid());
  return null;
end
$$;
create constraint trigger fuse_blows after insert on fuse
  deferrable initially deferred for each row execute function blow();
