"""What the jobs did, kept for a while; no part of the sealed log."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0004_search_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.CharField(help_text='its name in the schedule', max_length=80, verbose_name='job')),
                ('task_id', models.CharField(editable=False, max_length=64)),
                ('outcome', models.CharField(choices=[('running', 'running'), ('ok', 'done'), ('failed', 'failed')], max_length=8, verbose_name='outcome')),
                ('began_at', models.DateTimeField(help_text='when the first of these runs started', verbose_name='since')),
                ('started_at', models.DateTimeField(help_text='the last of them', verbose_name='started at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('run_count', models.PositiveIntegerField(default=1, verbose_name='runs')),
                ('did', models.TextField(blank=True, help_text='empty: it found nothing', verbose_name='what it did')),
                ('error', models.TextField(blank=True, verbose_name='failure')),
                ('host', models.CharField(max_length=120, verbose_name='machine')),
                ('asked_by', models.ForeignKey(help_text='empty: the clock', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
            ],
            options={
                'verbose_name': 'run of a job',
                'verbose_name_plural': 'jobs',
                'db_table': 'job_runs',
                'ordering': ('-started_at', '-id'),
                'permissions': (('run_job', 'Can run jobs now'),),
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['job', '-started_at', '-id'], name='job_run_by_job')],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['running', 'ok', 'failed'])), name='job_run_has_outcome'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('outcome', 'running')), models.Q(models.Q(('outcome', 'running'), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='job_run_finished_has_moment'), models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='job_run_failed_says_why')],
            },
        ),
    ]
