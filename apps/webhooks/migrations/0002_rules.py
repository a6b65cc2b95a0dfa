"""The database itself keeps what was promised and what was tried as it was."""

from django.db import migrations

MESSAGES = """
CREATE FUNCTION webhook_message_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What webhook message % says is signed and never changes.', OLD.webhook_id
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'webhook_message_stays';
END $$;

CREATE TRIGGER webhook_message_stays
    BEFORE UPDATE OF id, subscription_id, webhook_id, event, object_id, body, created_at
    ON webhook_messages FOR EACH ROW
    WHEN ((OLD.id, OLD.subscription_id, OLD.webhook_id, OLD.event, OLD.object_id, OLD.body,
           OLD.created_at) IS DISTINCT FROM
          (NEW.id, NEW.subscription_id, NEW.webhook_id, NEW.event, NEW.object_id, NEW.body,
           NEW.created_at))
    EXECUTE FUNCTION webhook_message_stays();
"""
NO_MESSAGES = """
DROP TRIGGER webhook_message_stays ON webhook_messages;
DROP FUNCTION webhook_message_stays();
"""

# Deleted only with the message, when it is old: `keeping.KEPT` says the same.
ATTEMPTS = """
CREATE FUNCTION webhook_attempts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'webhook_attempts is append-only: % is refused.', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'webhook_attempts_stay';
END $$;

CREATE TRIGGER webhook_attempts_stay BEFORE UPDATE ON webhook_attempts
    FOR EACH STATEMENT EXECUTE FUNCTION webhook_attempts_stay();
CREATE TRIGGER webhook_attempts_stay_a_while BEFORE DELETE ON webhook_attempts
    FOR EACH ROW WHEN (OLD.at > now() - interval '30 days')
    EXECUTE FUNCTION webhook_attempts_stay();
"""
NO_ATTEMPTS = """
DROP TRIGGER webhook_attempts_stay_a_while ON webhook_attempts;
DROP TRIGGER webhook_attempts_stay ON webhook_attempts;
DROP FUNCTION webhook_attempts_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial")]

    operations = [
        migrations.RunSQL(MESSAGES, NO_MESSAGES),
        migrations.RunSQL(ATTEMPTS, NO_ATTEMPTS),
    ]
