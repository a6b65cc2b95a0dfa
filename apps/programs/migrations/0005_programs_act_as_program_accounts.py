"""A program by itself acts as a program account, of which nobody else is one; and that stays."""

from django.db import migrations

RULES = """
CREATE FUNCTION program_acts_as_a_program_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM users WHERE id = NEW.user_id AND is_program) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'program_acts_as_a_program_account',
            MESSAGE = 'a program acts as a program account, never as a person';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER program_acts_as_a_program_account
    BEFORE INSERT OR UPDATE OF user_id ON programs FOR EACH ROW
    EXECUTE FUNCTION program_acts_as_a_program_account();

CREATE FUNCTION user_of_program_stays_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'integrity_constraint_violation',
        CONSTRAINT = 'user_of_program_stays_one',
        MESSAGE = 'nobody becomes a program account, and no program account becomes a person';
END $$;
CREATE TRIGGER user_of_program_stays_one BEFORE UPDATE OF is_program ON users FOR EACH ROW
    WHEN (OLD.is_program IS DISTINCT FROM NEW.is_program)
    EXECUTE FUNCTION user_of_program_stays_one();
"""

NO_RULES = """
DROP TRIGGER user_of_program_stays_one ON users;
DROP FUNCTION user_of_program_stays_one();
DROP TRIGGER program_acts_as_a_program_account ON programs;
DROP FUNCTION program_acts_as_a_program_account();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0010_program_accounts"),
        ("programs", "0004_keys_that_overlap"),
    ]

    operations = [migrations.RunSQL(RULES, NO_RULES)]
