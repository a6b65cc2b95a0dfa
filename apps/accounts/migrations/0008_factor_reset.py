"""A lost second factor is reset by two administrators; the database knows that they are two."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0006_password_links"),
    ]

    operations = [
        migrations.CreateModel(
            name='FactorReset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='asked at')),
                ('reason', models.TextField(verbose_name='reason')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('status', models.CharField(choices=[('asked', 'waits for another administrator'), ('confirmed', 'confirmed'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='asked', editable=False, max_length=10, verbose_name='status')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ('words', models.TextField(blank=True, default='', verbose_name='how it was checked, or why it was withdrawn')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'reset of second factors',
                'verbose_name_plural': 'resets of second factors',
                'db_table': 'factor_resets',
                'ordering': ('-pk',),
                'permissions': (('reset_factors', 'Can reset second factors, together with another administrator'),),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['asked', 'confirmed', 'withdrawn', 'expired'])), name='factor_reset_has_status'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='factor_reset_has_reason'), models.CheckConstraint(condition=models.Q(('person', models.F('asked_by')), _negated=True), name='factor_reset_asker_is_somebody_else'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True), ('status', 'asked')), models.Q(models.Q(('status', 'asked'), _negated=True), ('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='factor_reset_ended_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'confirmed'), _negated=True), models.Q(models.Q(('ended_by', models.F('asked_by')), _negated=True), models.Q(('ended_by', models.F('person')), _negated=True), models.Q(('words', ''), _negated=True)), _connector='OR'), name='factor_reset_confirmer_is_a_third'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'confirmed'), _negated=True), ('ended_at__lte', models.F('expires_at')), _connector='OR'), name='factor_reset_confirmed_in_time'), models.UniqueConstraint(condition=models.Q(('status', 'asked')), fields=('person',), name='factor_reset_one_open_each')],
            },
        ),
    ]
