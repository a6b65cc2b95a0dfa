"""The database itself refuses to change the audit log and the seals over it."""

from django.db import migrations

# Outside the model: no row is written with it by hand, and no page shows it. It tells which rows
# can no longer be joined by others of an earlier transaction, which a clock or an id cannot tell.
TRANSACTION = """
ALTER TABLE audit_logs ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_event_by_transaction ON audit_logs (xid);
"""
NO_TRANSACTION = """
ALTER TABLE audit_logs DROP COLUMN xid;
"""

APPEND_ONLY = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused. What was wrong is corrected by a new row.',
        TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_blocks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_blocks
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
"""
NOT_APPEND_ONLY = """
DROP TRIGGER audit_blocks_append_only ON audit_blocks;
DROP TRIGGER audit_logs_append_only ON audit_logs;
DROP FUNCTION audit_append_only();
"""

# The head repeats the end of the chain in a second place, so that a last block that was taken
# away is missed. Only the trigger of the blocks writes it.
CHAIN = """
CREATE TABLE audit_head (
    is_one boolean PRIMARY KEY DEFAULT true CONSTRAINT audit_head_is_one CHECK (is_one),
    number bigint NOT NULL,
    hash varchar(64) NOT NULL
);

CREATE FUNCTION audit_head_follows_blocks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'audit_head is written with a new audit block only: % is refused.', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_head_follows_blocks BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_head_follows_blocks();

CREATE FUNCTION audit_block_continues_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT number, hash INTO last FROM audit_blocks ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1
        OR NEW.previous_hash <> coalesce(last.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'Audit block % does not continue the chain, which ends with block %.',
            NEW.number, coalesce(last.number, 0) USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO audit_head (number, hash) VALUES (NEW.number, NEW.hash)
        ON CONFLICT (is_one) DO UPDATE SET number = excluded.number, hash = excluded.hash;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_block_continues_chain BEFORE INSERT ON audit_blocks
    FOR EACH ROW EXECUTE FUNCTION audit_block_continues_chain();
"""
NO_CHAIN = """
DROP TRIGGER audit_block_continues_chain ON audit_blocks;
DROP FUNCTION audit_block_continues_chain();
DROP TABLE audit_head;
DROP FUNCTION audit_head_follows_blocks();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_block_digests'),
    ]

    operations = [
        migrations.RunSQL(TRANSACTION, NO_TRANSACTION),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(CHAIN, NO_CHAIN),
    ]
