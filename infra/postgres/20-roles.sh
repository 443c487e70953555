#!/bin/bash
# Runs once, in a new database: the roles of postgres-sink and of the dashboard, with the passwords of their secrets.
set -euo pipefail

# The password that stands in an address such as postgres://name:password@host/database.
password_of() { sed -E 's|^[a-z]+://[^:]+:([^@]+)@.*$|\1|' "/run/secrets/$1"; }

psql --quiet --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v database="$POSTGRES_DB" -v owner="$(password_of postgres-url)" -v reader="$(password_of postgres-reader-url)" <<'SQL'
CREATE ROLE millrace LOGIN PASSWORD :'owner';
CREATE ROLE millrace_reader LOGIN PASSWORD :'reader';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO millrace, millrace_reader;
-- The tables are made by postgres-sink, in a schema of its own.
CREATE SCHEMA millrace AUTHORIZATION millrace;
GRANT USAGE ON SCHEMA millrace TO millrace_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE millrace IN SCHEMA millrace GRANT SELECT ON TABLES TO millrace_reader;
SQL
