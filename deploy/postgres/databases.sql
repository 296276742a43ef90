-- Databases and roles, made once, when the volume is empty. Run by a superuser with psql.
-- Every role has its own database and may not even connect to another's.
\set ON_ERROR_STOP on
\set metadata_password `cat "${SECRETS_FOLDER:-/run/secrets}/metadata_password"`
\set superset_password `cat "${SECRETS_FOLDER:-/run/secrets}/superset_database_password"`
\set writer_password `cat "${SECRETS_FOLDER:-/run/secrets}/marts_writer_password"`
\set reader_password `cat "${SECRETS_FOLDER:-/run/secrets}/marts_reader_password"`

CREATE ROLE airflow LOGIN PASSWORD :'metadata_password';
CREATE ROLE superset LOGIN PASSWORD :'superset_password';
CREATE ROLE marts_writer LOGIN PASSWORD :'writer_password';

-- Reads and no more. A question or a transaction that was forgotten ends by itself: it would hold
-- up the next copy of the marts.
CREATE ROLE marts_reader LOGIN PASSWORD :'reader_password' CONNECTION LIMIT 40;
ALTER ROLE marts_reader SET default_transaction_read_only = on;
ALTER ROLE marts_reader SET statement_timeout = '5min';
ALTER ROLE marts_reader SET idle_in_transaction_session_timeout = '1min';
ALTER ROLE marts_reader SET search_path = marts;

CREATE DATABASE airflow OWNER airflow ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE superset OWNER superset ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE marts OWNER marts_writer ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE airflow, superset, marts, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE marts TO marts_reader;
