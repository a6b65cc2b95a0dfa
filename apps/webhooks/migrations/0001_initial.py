"""Subscriptions of programs to events, messages, and attempts to deliver them."""

import apps.common.secret_text
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=500, verbose_name='URL')),
                ('description', models.CharField(blank=True, max_length=254, verbose_name='description')),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), size=None, verbose_name='events')),
                ('secret', apps.common.secret_text.SecretTextField(verbose_name='secret')),
                ('previous_secret', apps.common.secret_text.SecretTextField(blank=True, default='', verbose_name='previous secret')),
                ('previous_secret_until', models.DateTimeField(blank=True, null=True, verbose_name='previous secret signs until')),
                ('status', models.CharField(choices=[('active', 'active'), ('paused', 'paused'), ('disabled', 'disabled'), ('removed', 'removed')], default='active', max_length=8, verbose_name='status')),
                ('status_reason', models.CharField(blank=True, default='', max_length=254, verbose_name='reason')),
                ('failing_since', models.DateTimeField(blank=True, help_text='nothing has arrived since then', null=True, verbose_name='failing since')),
                ('failure_count', models.PositiveIntegerField(default=0, verbose_name='failures in a row')),
                ('rests_until', models.DateTimeField(blank=True, help_text='so that others are not held up', null=True, verbose_name='rests until')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('person', models.ForeignKey(help_text='only what this person may see is told', on_delete=django.db.models.deletion.PROTECT, related_name='webhook_subscriptions', to=settings.AUTH_USER_MODEL, verbose_name='in the name of')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhook_subscriptions', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL, verbose_name='program')),
            ],
            options={
                'verbose_name': 'webhook subscription',
                'verbose_name_plural': 'webhook subscriptions',
                'db_table': 'webhook_subscriptions',
                'ordering': ('-id',),
                'permissions': (('manage_subscription', 'Can keep the webhook subscriptions of programs'),),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('webhook_id', models.CharField(help_text='the same in each attempt', max_length=40, unique=True, verbose_name='webhook id')),
                ('event', models.CharField(max_length=60, verbose_name='event')),
                ('object_id', models.CharField(blank=True, max_length=64, verbose_name='object')),
                ('body', models.TextField(verbose_name='body')),
                ('status', models.CharField(choices=[('waiting', 'waiting'), ('sending', 'being sent'), ('delivered', 'delivered'), ('failed', 'failed'), ('withheld', 'withheld')], default='waiting', max_length=9, verbose_name='status')),
                ('attempt_count', models.PositiveSmallIntegerField(default=0, help_text='since it was written, or replayed', verbose_name='attempts')),
                ('attempt_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='next attempt')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='webhooks.subscription', verbose_name='subscription')),
            ],
            options={
                'verbose_name': 'webhook message',
                'verbose_name_plural': 'webhook messages',
                'db_table': 'webhook_messages',
                'ordering': ('-id',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('url', models.CharField(max_length=500, verbose_name='URL')),
                ('status_code', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='status code')),
                ('duration_ms', models.PositiveIntegerField(verbose_name='milliseconds')),
                ('error', models.CharField(blank=True, max_length=254, verbose_name='failure')),
                ('response', models.TextField(blank=True, verbose_name='beginning of the answer')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='webhooks.message', verbose_name='message')),
            ],
            options={
                'verbose_name': 'webhook attempt',
                'verbose_name_plural': 'webhook attempts',
                'db_table': 'webhook_attempts',
                'ordering': ('-id',),
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('status_code__isnull', False), models.Q(('error', ''), _negated=True), _connector='OR'), name='webhook_attempt_has_outcome')],
            },
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['program', '-id'], name='webhook_subscription_by_prog'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'paused', 'disabled', 'removed'])), name='webhook_subscription_has_status'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('events', []), _negated=True), name='webhook_subscription_has_events'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('url__regex', '^(https://|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]+)?(/|$))')), name='webhook_subscription_is_encrypted'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('secret', ''), _negated=True), name='webhook_subscription_has_secret'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_secret', ''), ('previous_secret_until__isnull', True)), models.Q(models.Q(('previous_secret', ''), _negated=True), ('previous_secret_until__isnull', False)), _connector='OR'), name='webhook_subscription_old_secret_ends'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'disabled'), _negated=True), models.Q(('status_reason', ''), _negated=True), _connector='OR'), name='webhook_subscription_disabled_says_why'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('failing_since__isnull', True), ('failure_count', 0)), models.Q(('failing_since__isnull', False), ('failure_count__gt', 0)), _connector='OR'), name='webhook_subscription_fails_since'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status', 'waiting')), fields=['subscription', 'id'], name='webhook_message_queue'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status__in', ('waiting', 'sending'))), fields=['attempt_at'], name='webhook_message_to_deliver'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['subscription', '-id'], name='webhook_message_by_subscript'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['created_at'], name='webhook_message_by_age'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'sending', 'delivered', 'failed', 'withheld'])), name='webhook_message_has_status'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('status__in', ('delivered', 'failed', 'withheld'))), models.Q(models.Q(('status__in', ('delivered', 'failed', 'withheld')), _negated=True), ('finished_at__isnull', True)), _connector='OR'), name='webhook_message_over_has_moment'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'sending')), fields=('subscription',), name='webhook_message_one_at_a_time'),
        ),
    ]
