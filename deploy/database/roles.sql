-- The roles of the database: who owns it, who works in it, who reads it, who backs it up.
--
--     psql --dbname=assets --file=deploy/database/roles.sql
--
-- Run it as a superuser, or as the owner of the database with CREATEROLE; PostgreSQL 16 or later.
-- It may run again: it then takes over what somebody else made in the schema meanwhile, and sets
-- the passwords anew. The image of PostgreSQL runs it on its first start.
--
-- Passwords are read from `database_owner_password` and `database_password` in the folder
-- $ASSETS_SECRETS, else /run/secrets. A role without a password gets in only where pg_hba.conf asks
-- for none.
--
-- What each role may do to each table is not said here but granted by `manage.py prepare`, after
-- every migration: see project/grants.py.

\set ON_ERROR_STOP on
\set QUIET on
\set secrets /run/secrets
\getenv secrets ASSETS_SECRETS
\set owner_password `cat :'secrets'/database_owner_password 2> /dev/null || true`
\set app_password `cat :'secrets'/database_password 2> /dev/null || true`

BEGIN;
SET LOCAL client_min_messages = warning;

DO $$
DECLARE
    v_ours CONSTANT text[] :=
        ARRAY['assets_owner', 'assets_app', 'assets_readonly', 'assets_backup'];
    v_name text;
BEGIN
    FOREACH v_name IN ARRAY v_ours LOOP
        IF to_regrole(v_name) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN', v_name);
        END IF;
    END LOOP;

    -- A role that was there before may be able to do more than this file gives.
    SELECT rolname INTO v_name FROM pg_roles
    WHERE rolname = ANY (v_ours)
        AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls);
    IF FOUND THEN
        RAISE EXCEPTION 'The role % is more than an ordinary login: take its attributes away with'
            ' ALTER ROLE % NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS'
            ' and run this again.', v_name, v_name;
    END IF;
    SELECT format('REVOKE %I FROM %I', roleid::regrole, member::regrole) INTO v_name
    FROM pg_auth_members
    WHERE member::regrole::text IN ('assets_app', 'assets_readonly')
        AND (roleid::regrole::text, member::regrole::text) <> ('assets_readonly', 'assets_app');
    IF FOUND THEN
        RAISE EXCEPTION 'What works and what reads has rights of its own only: run % and this again.',
            v_name;
    END IF;

    -- Whoever is no superuser gives ownership only to a role that they are in.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER) THEN
        EXECUTE format('GRANT assets_owner TO %I', CURRENT_USER);
    END IF;
END $$;

-- Reports take this role for their one transaction; nothing of it is there before they do.
GRANT assets_readonly TO assets_app WITH INHERIT FALSE, SET TRUE, ADMIN FALSE;
ALTER ROLE assets_readonly SET default_transaction_read_only = on;

SELECT format('ALTER ROLE assets_owner PASSWORD %L', :'owner_password')
WHERE :'owner_password' <> '' \gexec
SELECT format('ALTER ROLE assets_app PASSWORD %L', :'app_password')
WHERE :'app_password' <> '' \gexec

-- Nobody comes in who is not named here. And only the owner makes temporary tables: whoever can
-- make a table can hang a trigger on it, and some rules ask whether a trigger is at work.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()),
    format('REVOKE ALL ON DATABASE %I FROM assets_app, assets_readonly, assets_backup',
        current_database()),
    format('GRANT CONNECT ON DATABASE %I TO assets_app, assets_readonly, assets_backup',
        current_database()),
    format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO assets_owner', current_database())
\gexec
ALTER SCHEMA public OWNER TO assets_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC, assets_app, assets_readonly, assets_backup;
GRANT USAGE ON SCHEMA public TO assets_app, assets_readonly, assets_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE assets_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- What was made as somebody else becomes the owner's; a table takes its own sequences along.
SELECT format('ALTER %s public.%I OWNER TO assets_owner',
    CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
        WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND c.relowner <> 'assets_owner'::regrole
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
ORDER BY c.relkind = 'S', c.oid
\gexec
SELECT format('ALTER ROUTINE %s OWNER TO assets_owner', p.oid::regprocedure)
FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'assets_owner'::regrole
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY p.oid
\gexec
COMMIT;
