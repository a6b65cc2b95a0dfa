"""Substitutes decide for who is away, and a request is handed to a colleague."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
import simple_history.models
from django.conf import settings
from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION approval_substitute_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM approval_decisions
        WHERE request_id = NEW.request_id AND (
            decider_id IN (NEW.decider_id, NEW.on_behalf_of_id)
            OR on_behalf_of_id IN (NEW.decider_id, NEW.on_behalf_of_id))
    ) THEN
        PERFORM approval_refuse('approval_decision_once_each', 'this person has decided, or somebody for them');
    END IF;
    IF NEW.on_behalf_of_id IS NOT NULL THEN
        -- Locked, so that the absence does not end between the check and the commit.
        PERFORM FROM approval_substitutions
        WHERE person_id = NEW.on_behalf_of_id AND substitute_id = NEW.decider_id AND is_active
            AND period @> NEW.decided_at
        FOR SHARE;
        IF NOT FOUND THEN
            PERFORM approval_refuse('approval_decision_has_substitution', 'nobody named this substitute for now');
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_substitute_check BEFORE INSERT ON approval_decisions
    FOR EACH ROW EXECUTE FUNCTION approval_substitute_check();

CREATE FUNCTION approval_forward_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked approval_requests%ROWTYPE;
BEGIN
    SELECT * INTO asked FROM approval_requests WHERE id = NEW.request_id FOR NO KEY UPDATE;
    IF asked.status <> 'pending' OR asked.level <> NEW.level THEN
        PERFORM approval_refuse('approval_forward_on_current_level', 'the request does not wait on this level');
    END IF;
    IF NEW.to_id = asked.requester_id OR EXISTS (
        SELECT FROM approval_parties WHERE request_id = NEW.request_id AND person_id = NEW.to_id
    ) THEN
        PERFORM approval_refuse('approval_forward_not_own_matter', 'nobody decides on their own matter');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_forward_check BEFORE INSERT ON approval_forwards
    FOR EACH ROW EXECUTE FUNCTION approval_forward_check();
CREATE TRIGGER approval_forwards_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_forwards
    FOR EACH STATEMENT EXECUTE FUNCTION approval_append_only();

CREATE FUNCTION approval_substitution_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT OLD.is_active OR to_jsonb(NEW) - 'is_active' <> to_jsonb(OLD) - 'is_active' THEN
        PERFORM approval_refuse('substitution_stays', 'an absence is ended, and otherwise stays');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_substitution_stays BEFORE UPDATE ON approval_substitutions
    FOR EACH ROW EXECUTE FUNCTION approval_substitution_stays();
CREATE TRIGGER approval_substitutions_append_only BEFORE DELETE OR TRUNCATE ON approval_substitutions
    FOR EACH STATEMENT EXECUTE FUNCTION approval_append_only();
"""

BACKWARDS = """
DROP TRIGGER approval_substitutions_append_only ON approval_substitutions;
DROP TRIGGER approval_substitution_stays ON approval_substitutions;
DROP FUNCTION approval_substitution_stays();
DROP TRIGGER approval_forwards_append_only ON approval_forwards;
DROP TRIGGER approval_forward_check ON approval_forwards;
DROP FUNCTION approval_forward_check();
DROP TRIGGER approval_substitute_check ON approval_decisions;
DROP FUNCTION approval_substitute_check();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0004_conditions_and_reasons'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Forward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(verbose_name='level')),
                ('reason', models.TextField(verbose_name='reason')),
                ('forwarded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='forwarded at')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='forwarded by')),
                ('on_behalf_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='on behalf of')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forwards', to='approvals.approvalrequest')),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='to')),
            ],
            options={
                'verbose_name': 'forward',
                'verbose_name_plural': 'forwards',
                'db_table': 'approval_forwards',
                'ordering': ('pk',),
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('by', models.F('to')), _negated=True), models.Q(('on_behalf_of', None), models.Q(('on_behalf_of', models.F('to')), _negated=True), _connector='OR')), name='approval_forward_is_to_somebody_else'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='approval_forward_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalSubstitution',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('period', django.contrib.postgres.fields.ranges.DateTimeRangeField(help_text='from inclusive, to exclusive', verbose_name='period')),
                ('reason', models.CharField(max_length=254, verbose_name='reason')),
                ('named_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='named at')),
                ('is_active', models.BooleanField(default=True, help_text='ended early: no longer', verbose_name='active')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('named_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='named by')),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who is away')),
                ('substitute', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who decides for them')),
            ],
            options={
                'verbose_name': 'historical absence',
                'verbose_name_plural': 'historical absences',
                'db_table': 'approval_substitutions_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
                'indexes': [models.Index(fields=['history_date', 'id'], name='approval_su_history_3a184c_idx')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Substitution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', django.contrib.postgres.fields.ranges.DateTimeRangeField(help_text='from inclusive, to exclusive', verbose_name='period')),
                ('reason', models.CharField(max_length=254, verbose_name='reason')),
                ('named_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='named at')),
                ('is_active', models.BooleanField(default=True, help_text='ended early: no longer', verbose_name='active')),
                ('named_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='named by')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who is away')),
                ('substitute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who decides for them')),
            ],
            options={
                'verbose_name': 'absence',
                'verbose_name_plural': 'absences',
                'db_table': 'approval_substitutions',
                'ordering': ('-pk',),
                'permissions': (('name_substitution', 'Can name substitutes for others'),),
                'default_permissions': ('view',),
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('is_active', True)), expressions=((models.Func(models.F('person_id'), models.F('person_id'), models.Value('[]'), function='int8range'), '&&'), ('period', '&&')), name='substitution_one_at_a_time'), models.CheckConstraint(condition=models.Q(('person', models.F('substitute')), _negated=True), name='substitution_is_somebody_else'), models.CheckConstraint(condition=models.Q(('period__isempty', False), ('period__lower_inc', True), ('period__lower_inf', False), ('period__upper_inc', False), ('period__upper_inf', False)), name='substitution_period_is_half_open'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='substitution_has_reason')],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
