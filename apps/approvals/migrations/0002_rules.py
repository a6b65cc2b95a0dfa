"""Rules that hold whatever the code does: no own matter, no late decision, nothing rewritten."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION approval_refuse(fact text, message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = fact, MESSAGE = fact || ': ' || message;
END $$;

CREATE FUNCTION approval_decision_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked approval_requests%ROWTYPE;
BEGIN
    -- Locked, so that neither a party nor a conclusion slips in between the check and the commit.
    SELECT * INTO asked FROM approval_requests WHERE id = NEW.request_id FOR NO KEY UPDATE;
    IF asked.requester_id IN (NEW.decider_id, NEW.on_behalf_of_id) OR EXISTS (
        SELECT FROM approval_parties
        WHERE request_id = NEW.request_id AND person_id IN (NEW.decider_id, NEW.on_behalf_of_id)
    ) THEN
        PERFORM approval_refuse('approval_decision_not_own_matter', 'nobody decides on their own matter');
    END IF;
    IF asked.status <> 'pending' THEN
        PERFORM approval_refuse('approval_decision_on_pending', 'the request is ' || asked.status);
    END IF;
    IF asked.level <> NEW.level THEN
        PERFORM approval_refuse('approval_decision_on_current_level', 'the request waits on level ' || asked.level);
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_decision_check BEFORE INSERT ON approval_decisions
    FOR EACH ROW EXECUTE FUNCTION approval_decision_check();

CREATE FUNCTION approval_party_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM approval_requests WHERE id = NEW.request_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM approval_decisions
        WHERE request_id = NEW.request_id AND NEW.person_id IN (decider_id, on_behalf_of_id)
    ) THEN
        PERFORM approval_refuse('approval_party_has_not_decided', 'this person has decided on the request');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_party_check BEFORE INSERT ON approval_parties
    FOR EACH ROW EXECUTE FUNCTION approval_party_check();

CREATE FUNCTION approval_request_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['status', 'level', 'role_id', 'concluded_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND (
        OLD.status <> 'pending' OR to_jsonb(NEW) - movable <> to_jsonb(OLD) - movable
    ) THEN
        PERFORM approval_refuse('approval_request_is_frozen', 'what was asked, and what was concluded, stays');
    END IF;
    IF NEW.status = 'approved' AND EXISTS (
        SELECT FROM jsonb_to_recordset(NEW.levels) AS asked (number int, decider_count int)
        WHERE asked.decider_count > (
            SELECT count(*) FROM approval_decisions
            WHERE request_id = NEW.id AND level = asked.number AND verdict = 'approve'
        )
    ) THEN
        PERFORM approval_refuse('approval_request_approved_is_agreed', 'not all levels have agreed');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_request_check BEFORE INSERT OR UPDATE ON approval_requests
    FOR EACH ROW EXECUTE FUNCTION approval_request_check();

CREATE FUNCTION approval_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM approval_refuse(TG_TABLE_NAME || '_append_only', TG_OP || ' is not possible');
END $$;

CREATE TRIGGER approval_requests_append_only BEFORE DELETE OR TRUNCATE ON approval_requests
    FOR EACH STATEMENT EXECUTE FUNCTION approval_append_only();
CREATE TRIGGER approval_parties_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_parties
    FOR EACH STATEMENT EXECUTE FUNCTION approval_append_only();
CREATE TRIGGER approval_decisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION approval_append_only();
"""

BACKWARDS = """
DROP TRIGGER approval_decisions_append_only ON approval_decisions;
DROP TRIGGER approval_parties_append_only ON approval_parties;
DROP TRIGGER approval_requests_append_only ON approval_requests;
DROP TRIGGER approval_request_check ON approval_requests;
DROP TRIGGER approval_party_check ON approval_parties;
DROP TRIGGER approval_decision_check ON approval_decisions;
DROP FUNCTION approval_append_only();
DROP FUNCTION approval_request_check();
DROP FUNCTION approval_party_check();
DROP FUNCTION approval_decision_check();
DROP FUNCTION approval_refuse(text, text);
"""


class Migration(migrations.Migration):
    """Add the triggers."""

    dependencies = [("approvals", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
