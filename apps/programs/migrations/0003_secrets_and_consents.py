"""Keep the digests of secrets, and what people let programs do."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0002_rules_of_programs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='scopes')),
                ('redirect_uri', models.TextField(verbose_name='redirect URI')),
                ('code_digest', models.CharField(max_length=64, unique=True, verbose_name='digest of the code')),
                ('code_challenge', models.CharField(max_length=43, verbose_name='code challenge')),
                ('family', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='family')),
                ('authenticated_at', models.DateTimeField(blank=True, null=True, verbose_name='signed in at')),
                ('given_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='given at')),
                ('code_ends_at', models.DateTimeField(verbose_name='code ends at')),
                ('ends_at', models.DateTimeField(verbose_name='ends at')),
                ('redeemed_at', models.DateTimeField(blank=True, null=True, verbose_name='redeemed at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('ending', models.CharField(blank=True, choices=[('withdrawn', 'withdrawn by the person'), ('returned', 'given back by the program'), ('revoked', 'revoked by an administrator'), ('replayed', 'the code came twice'), ('reused', 'a refresh token came twice'), ('expired', 'its time was over'), ('barred', 'the person was deactivated')], max_length=12, verbose_name='ending')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'db_table': 'consents',
                'ordering': ('-pk',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Secret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='digest')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='ends at')),
            ],
            options={
                'verbose_name': 'secret',
                'verbose_name_plural': 'secrets',
                'db_table': 'program_secrets',
                'ordering': ('-pk',),
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='consent',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='consent',
            name='program',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL, verbose_name='program'),
        ),
        migrations.AddField(
            model_name='secret',
            name='program',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='secrets', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['program'], name='consent_open_by_program'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['person'], name='consent_open_by_person'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('code_ends_at__gt', models.F('given_at')), ('ends_at__gte', models.F('code_ends_at'))), name='consent_ends_after_it_was_given'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('redeemed_at', None), ('redeemed_at__lt', models.F('code_ends_at')), _connector='OR'), name='consent_is_redeemed_in_time'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ending', '')), models.Q(('ended_at__isnull', False), ('ending__in', ['withdrawn', 'returned', 'revoked', 'replayed', 'reused', 'expired', 'barred'])), _connector='OR'), name='consent_ended_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('code_challenge__regex', '^[A-Za-z0-9_-]{43}$'), ('code_digest__regex', '^[0-9a-f]{64}$')), name='consent_keeps_no_code'),
        ),
        migrations.AddConstraint(
            model_name='secret',
            constraint=models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='secret_is_a_digest'),
        ),
        migrations.AddConstraint(
            model_name='secret',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_at', None)), fields=('program',), name='secret_to_stay_is_one'),
        ),
    ]
