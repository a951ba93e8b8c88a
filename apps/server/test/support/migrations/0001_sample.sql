-- A small schema for the tests of the platform itself.
create table note (
  id integer generated always as identity primary key,
  body text not null,
  written_at timestamptz not null default now()
);
