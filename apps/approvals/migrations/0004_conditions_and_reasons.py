"""Policies with a lender and asset values, why one applied, approvals of a part, canned reasons."""

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION approval_terms_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    earlier jsonb;
BEGIN
    SELECT terms INTO earlier FROM approval_requests WHERE id = NEW.request_id;
    IF NEW.terms IS NOT NULL AND earlier IS NOT NULL AND NOT (
        (NOT earlier ? 'lines' OR coalesce(NEW.terms -> 'lines' <@ (earlier -> 'lines'), false))
        AND (NOT earlier ? 'starts_at' OR coalesce(
            (NEW.terms ->> 'starts_at')::timestamptz >= (earlier ->> 'starts_at')::timestamptz, false))
        AND (NOT earlier ? 'ends_at' OR coalesce(
            (NEW.terms ->> 'ends_at')::timestamptz <= (earlier ->> 'ends_at')::timestamptz, false))
    ) THEN
        PERFORM approval_refuse('approval_decision_terms_narrow', 'an earlier level has approved less');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_terms_check BEFORE INSERT ON approval_decisions
    FOR EACH ROW EXECUTE FUNCTION approval_terms_check();
"""

BACKWARDS = """
DROP TRIGGER approval_terms_check ON approval_decisions;
DROP FUNCTION approval_terms_check();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0003_band_has_currency'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CannedReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(blank=True, help_text='empty: any', max_length=20, verbose_name='scope')),
                ('verdict', models.CharField(choices=[('approve', 'approve'), ('reject', 'reject'), ('return', 'request changes')], max_length=8, verbose_name='verdict')),
                ('text', models.CharField(max_length=500, verbose_name='text')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'canned reason',
                'verbose_name_plural': 'canned reasons',
                'db_table': 'approval_canned_reasons',
                'ordering': ('verdict', 'scope', 'text'),
                'default_permissions': ('add', 'change', 'view'),
            },
        ),
        migrations.CreateModel(
            name='HistoricalCannedReason',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('scope', models.CharField(blank=True, help_text='empty: any', max_length=20, verbose_name='scope')),
                ('verdict', models.CharField(choices=[('approve', 'approve'), ('reject', 'reject'), ('return', 'request changes')], max_length=8, verbose_name='verdict')),
                ('text', models.CharField(max_length=500, verbose_name='text')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical canned reason',
                'verbose_name_plural': 'historical canned reasons',
                'db_table': 'approval_canned_reasons_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='changes',
            field=models.JSONField(blank=True, default=list, editable=False, help_text='name, was, is', verbose_name='what changed since it was sent back'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='facts',
            field=models.JSONField(blank=True, default=dict, editable=False, help_text='by its names', verbose_name='what was asked'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='terms',
            field=models.JSONField(blank=True, editable=False, help_text='what is left of what was asked; empty: all of it', null=True, verbose_name='approved only'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='why',
            field=models.TextField(blank=True, editable=False, help_text='in a sentence', verbose_name='why this policy'),
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='why_facts',
            field=models.JSONField(blank=True, default=dict, editable=False, verbose_name='what the policy was chosen by'),
        ),
        migrations.AddField(
            model_name='decision',
            name='terms',
            field=models.JSONField(blank=True, help_text='empty: all that was left', null=True, verbose_name='approved only'),
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='lender',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='empty: any', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lender'),
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='value_from',
            field=models.BigIntegerField(default=0, help_text='minor units, inclusive, of the dearest asset', validators=[django.core.validators.MinValueValidator(0)], verbose_name='from asset value'),
        ),
        migrations.AddField(
            model_name='historicalpolicy',
            name='value_to',
            field=models.BigIntegerField(blank=True, help_text='minor units, exclusive; empty: no end', null=True, verbose_name='to asset value'),
        ),
        migrations.AddField(
            model_name='policy',
            name='lender',
            field=models.ForeignKey(blank=True, help_text='empty: any', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lender'),
        ),
        migrations.AddField(
            model_name='policy',
            name='value_from',
            field=models.BigIntegerField(default=0, help_text='minor units, inclusive, of the dearest asset', validators=[django.core.validators.MinValueValidator(0)], verbose_name='from asset value'),
        ),
        migrations.AddField(
            model_name='policy',
            name='value_to',
            field=models.BigIntegerField(blank=True, help_text='minor units, exclusive; empty: no end', null=True, verbose_name='to asset value'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('verdict', 'approve'), ('terms__isnull', True), _connector='OR'), name='approval_decision_terms_are_of_approvals'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('value_from__gte', 0), models.Q(('value_to__isnull', True), ('value_to__gt', models.F('value_from')), _connector='OR')), name='approval_policy_values_go_upward', violation_error_message='“Below asset value” must be more than “from”.'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('currency', ''), _negated=True), models.Q(('value_from', 0), ('value_to__isnull', True)), _connector='OR'), name='approval_policy_values_have_currency', violation_error_message='Name a currency, so that the values mean something.'),
        ),
        migrations.AddConstraint(
            model_name='cannedreason',
            constraint=models.UniqueConstraint(fields=('scope', 'verdict', 'text'), name='canned_reason_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='cannedreason',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['approve', 'reject', 'return'])), name='canned_reason_has_verdict'),
        ),
        migrations.AddConstraint(
            model_name='cannedreason',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='canned_reason_has_text'),
        ),
        migrations.AddField(
            model_name='historicalcannedreason',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='historicalcannedreason',
            index=models.Index(fields=['history_date', 'id'], name='approval_ca_history_3faea8_idx'),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
