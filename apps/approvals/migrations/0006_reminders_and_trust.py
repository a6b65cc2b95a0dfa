"""Reminders, escalation, and what is approved by itself for trusted people."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FORWARDS = """
CREATE OR REPLACE FUNCTION approval_request_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['status', 'level', 'role_id', 'concluded_at', 'terms',
        'remind_at', 'escalate_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND (
        OLD.status <> 'pending' OR to_jsonb(NEW) - movable <> to_jsonb(OLD) - movable
    ) THEN
        PERFORM approval_refuse('approval_request_is_frozen', 'what was asked, and what was concluded, stays');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.terms IS DISTINCT FROM OLD.terms AND NOT EXISTS (
        SELECT FROM approval_decisions WHERE request_id = NEW.id AND terms = NEW.terms
    ) THEN
        PERFORM approval_refuse('approval_request_terms_are_decided', 'nobody has decided on these terms');
    END IF;
    IF NEW.automatic_for_id IS NULL AND NEW.levels = '[]' THEN
        PERFORM approval_refuse('approval_request_has_levels', 'nobody would have to agree');
    END IF;
    IF TG_OP = 'INSERT' AND NEW.automatic_for_id IS NOT NULL THEN
        -- Locked, so that the trust does not end between the check and the commit.
        PERFORM FROM approval_trusted_people
        WHERE id = NEW.automatic_for_id AND ended_at IS NULL FOR SHARE;
        -- Whatever a policy says: a balance never changes without a second person.
        IF NOT FOUND OR NEW.scope LIKE 'adjustment%' OR NOT EXISTS (
            SELECT FROM approval_policies
            WHERE id = NEW.policy_id AND currency = NEW.currency AND automatic_below > NEW.amount
        ) THEN
            PERFORM approval_refuse('approval_request_automatic_is_trusted', 'no policy lets this happen by itself');
        END IF;
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

CREATE TRIGGER approval_escalations_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_escalations
    FOR EACH STATEMENT EXECUTE FUNCTION approval_append_only();

CREATE FUNCTION approval_trust_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['ended_at', 'ended_by_id', 'ending_reason'];
BEGIN
    IF OLD.ended_at IS NOT NULL OR to_jsonb(NEW) - movable <> to_jsonb(OLD) - movable THEN
        PERFORM approval_refuse('trust_stays', 'trust is ended, and otherwise stays');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_trust_stays BEFORE UPDATE ON approval_trusted_people
    FOR EACH ROW EXECUTE FUNCTION approval_trust_stays();
CREATE TRIGGER approval_trusted_people_append_only BEFORE DELETE OR TRUNCATE ON approval_trusted_people
    FOR EACH STATEMENT EXECUTE FUNCTION approval_append_only();
"""

BACKWARDS = """
DROP TRIGGER approval_trusted_people_append_only ON approval_trusted_people;
DROP TRIGGER approval_trust_stays ON approval_trusted_people;
DROP FUNCTION approval_trust_stays();
DROP TRIGGER approval_escalations_append_only ON approval_escalations;

CREATE OR REPLACE FUNCTION approval_request_check() RETURNS trigger LANGUAGE plpgsql AS $$
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

"""


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0005_substitutes_and_forwarding'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Escalation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(verbose_name='level')),
                ('escalated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='escalated at')),
            ],
            options={
                'verbose_name': 'escalation',
                'verbose_name_plural': 'escalations',
                'db_table': 'approval_escalations',
                'ordering': ('pk',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TrustedPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=254, verbose_name='reason')),
                ('trusted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='trusted since')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('ending_reason', models.CharField(blank=True, max_length=254, verbose_name='why it ended')),
            ],
            options={
                'verbose_name': 'trusted person',
                'verbose_name_plural': 'trusted people',
                'db_table': 'approval_trusted_people',
                'ordering': ('-pk',),
                'permissions': (('trust_person', 'Can trust people, and end it'),),
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='escalate_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='escalate at'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='remind_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='remind at'),
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='automatic_below',
            field=models.BigIntegerField(blank=True, help_text='minor units, exclusive, for trusted people; empty: never', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='automatic below'),
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='escalate_after',
            field=models.DurationField(blank=True, help_text='so long on one level', null=True, verbose_name='escalate after'),
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='escalate_to',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='the role that may decide then too', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.group', verbose_name='escalate to'),
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='remind_after',
            field=models.DurationField(blank=True, help_text='so long on one level', null=True, verbose_name='remind after'),
        ),
        migrations.AddField(
            model_name='policy',
            name='automatic_below',
            field=models.BigIntegerField(blank=True, help_text='minor units, exclusive, for trusted people; empty: never', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='automatic below'),
        ),
        migrations.AddField(
            model_name='policy',
            name='escalate_after',
            field=models.DurationField(blank=True, help_text='so long on one level', null=True, verbose_name='escalate after'),
        ),
        migrations.AddField(
            model_name='policy',
            name='escalate_to',
            field=models.ForeignKey(blank=True, help_text='the role that may decide then too', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='auth.group', verbose_name='escalate to'),
        ),
        migrations.AddField(
            model_name='policy',
            name='remind_after',
            field=models.DurationField(blank=True, help_text='so long on one level', null=True, verbose_name='remind after'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('escalate_after__isnull', True), ('escalate_to__isnull', True)), models.Q(('escalate_after__isnull', False), ('escalate_to__isnull', False)), _connector='OR'), name='approval_policy_escalates_to_somebody', violation_error_message='Name after how long, and to whom, it escalates.'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('automatic_below__isnull', True), models.Q(('automatic_below__gt', 0), models.Q(('currency', ''), _negated=True)), _connector='OR'), name='approval_policy_automatic_has_currency', violation_error_message='Name a currency, so that the amount means something.'),
        ),
        migrations.AddField(
            model_name='escalation',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='escalations', to='approvals.approvalrequest'),
        ),
        migrations.AddField(
            model_name='escalation',
            name='role',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='auth.group', verbose_name='role'),
        ),
        migrations.AddField(
            model_name='trustedperson',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by'),
        ),
        migrations.AddField(
            model_name='trustedperson',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='trustedperson',
            name='trusted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='trusted by'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='automatic_for',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.trustedperson', verbose_name='approved automatically for'),
        ),
        migrations.AddIndex(
            model_name='approvalrequest',
            index=models.Index(condition=models.Q(('remind_at__isnull', False), ('status', 'pending')), fields=['remind_at'], name='approval_request_to_remind'),
        ),
        migrations.AddIndex(
            model_name='approvalrequest',
            index=models.Index(condition=models.Q(('escalate_at__isnull', False), ('status', 'pending')), fields=['escalate_at'], name='approval_request_to_escalate'),
        ),
        migrations.AddConstraint(
            model_name='approvalrequest',
            constraint=models.CheckConstraint(condition=models.Q(('automatic_for__isnull', True), ('status', 'approved'), _connector='OR'), name='approval_request_automatic_is_approved'),
        ),
        migrations.AddConstraint(
            model_name='escalation',
            constraint=models.UniqueConstraint(fields=('request', 'level'), name='approval_escalation_once_each_level'),
        ),
        migrations.AddConstraint(
            model_name='trustedperson',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('person',), name='trust_is_open_once'),
        ),
        migrations.AddConstraint(
            model_name='trustedperson',
            constraint=models.CheckConstraint(condition=models.Q(('person', models.F('trusted_by')), _negated=True), name='trust_is_by_somebody_else'),
        ),
        migrations.AddConstraint(
            model_name='trustedperson',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='trust_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='trustedperson',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True), ('ending_reason', '')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('ending_reason', ''), _negated=True)), _connector='OR'), name='trust_ends_with_reason'),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
