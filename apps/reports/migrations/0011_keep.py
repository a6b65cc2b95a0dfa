"""Who keeps the files of a run longer, and why."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0010_retentions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='reportrun',
            options={'default_permissions': ('view',), 'ordering': ('-id',), 'permissions': (('run_report', 'Can run reports'), ('download_report', 'Can download reports'), ('keep_report', 'Can keep the files of reports longer')), 'verbose_name': 'report run', 'verbose_name_plural': 'report runs'},
        ),
        migrations.AddField(
            model_name='reportrun',
            name='keep_reason',
            field=models.TextField(blank=True, default='', editable=False, verbose_name='why kept longer'),
        ),
        migrations.AddField(
            model_name='reportrun',
            name='kept_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='kept longer by'),
        ),
        migrations.AddConstraint(
            model_name='reportrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('keep_reason', ''), ('kept_by__isnull', True)), models.Q(('kept_by__isnull', False), models.Q(('keep_reason', ''), _negated=True)), _connector='OR'), name='report_run_kept_says_why'),
        ),
        migrations.AddConstraint(
            model_name='reportrun',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__isnull', True), ('expires_at__lte', django.db.models.expressions.CombinedExpression(models.F('finished_at'), '+', models.Value(datetime.timedelta(days=3653)))), _connector='OR'), name='report_run_kept_ten_years'),
        ),
    ]
