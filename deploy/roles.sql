-- The database roles of the house; run by a superuser, as often as one likes.
--
--   ledger_owner     owns the ledger's objects; nobody logs in as it
--   gateway_owner    runs migrations and owns the database; must say SET ROLE to act as ledger_owner
--   gateway_app      the group that holds every privilege of the running system
--   gateway_service  the web processes
--   gateway_worker   the worker processes
--
-- Passwords are set apart from this file:  ALTER ROLE gateway_service PASSWORD '...';
-- Then:  CREATE DATABASE gateway OWNER gateway_owner TEMPLATE template0 ENCODING 'UTF8';
-- and, connected to that database:  GRANT ALL ON SCHEMA public TO gateway_owner;  (PostgreSQL 15 needs it)
--                                    \i deploy/database.sql
-- docs/operations.md has the whole of it, line by line.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledger_owner') THEN
        CREATE ROLE ledger_owner;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gateway_owner') THEN
        CREATE ROLE gateway_owner NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gateway_app') THEN
        CREATE ROLE gateway_app;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gateway_service') THEN
        CREATE ROLE gateway_service INHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gateway_worker') THEN
        CREATE ROLE gateway_worker INHERIT;
    END IF;
END
$$;

ALTER ROLE ledger_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE gateway_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE gateway_owner LOGIN NOINHERIT NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE gateway_service LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE gateway_worker LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_auth_members
        WHERE roleid = 'ledger_owner'::regrole AND member = 'gateway_owner'::regrole
    ) THEN
        GRANT ledger_owner TO gateway_owner;
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_auth_members
        WHERE roleid = 'gateway_app'::regrole AND member = 'gateway_service'::regrole
    ) THEN
        GRANT gateway_app TO gateway_service;
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_auth_members
        WHERE roleid = 'gateway_app'::regrole AND member = 'gateway_worker'::regrole
    ) THEN
        GRANT gateway_app TO gateway_worker;
    END IF;
END
$$;
