"""Hold programs to their rules in the database, and keep their versions."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import oauth2_provider.generators
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalProgram',
            fields=[
                ('id', models.BigIntegerField(blank=True, db_index=True)),
                ('client_id', models.CharField(db_index=True, default=oauth2_provider.generators.generate_client_id, max_length=255, verbose_name='client ID')),
                ('redirect_uris', models.TextField(blank=True, help_text='Allowed URIs list, space separated', verbose_name='redirect URIs')),
                ('post_logout_redirect_uris', models.TextField(blank=True, default='', help_text='Allowed Post Logout URIs list, space separated', verbose_name='post logout redirect URIs')),
                ('client_type', models.CharField(choices=[('confidential', 'Confidential'), ('public', 'Public')], max_length=32, verbose_name='client type')),
                ('authorization_grant_type', models.CharField(choices=[('authorization-code', 'Authorization code'), ('urn:ietf:params:oauth:grant-type:device_code', 'Device Code'), ('implicit', 'Implicit'), ('password', 'Resource owner password-based'), ('client-credentials', 'Client credentials'), ('openid-hybrid', 'OpenID connect hybrid')], max_length=44, verbose_name='authorization grant type')),
                ('name', models.CharField(blank=True, max_length=255, verbose_name='name')),
                ('skip_authorization', models.BooleanField(default=False, verbose_name='skip authorization')),
                ('created', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                ('algorithm', models.CharField(blank=True, choices=[('', 'No OIDC support'), ('RS256', 'RSA with SHA-2 256'), ('HS256', 'HMAC with SHA-2 256')], default='', max_length=5, verbose_name='algorithm')),
                ('allowed_origins', models.TextField(blank=True, default='', help_text='Allowed origins list to enable CORS, space separated', verbose_name='allowed origins')),
                ('registration_source', models.CharField(choices=[('manual', 'Manual'), ('dcr', 'Dynamic Client Registration'), ('cimd', 'Client ID Metadata Document')], default='manual', help_text='How this application was registered (manual, DCR per RFC 7591, or CIMD)', max_length=32, verbose_name='registration source')),
                ('cimd_expires_at', models.DateTimeField(blank=True, default=None, help_text='When the cached Client ID Metadata Document should be re-fetched', null=True, verbose_name='CIMD expires at')),
                ('allowed_scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='scopes')),
                ('rate_limit', models.PositiveIntegerField(default=600, validators=[django.core.validators.MinValueValidator(1)], verbose_name='requests a minute')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('history_change_reason', models.TextField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical program',
                'verbose_name_plural': 'historical programs',
                'db_table': 'programs_history',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name='program',
            name='program_by_itself_acts_as_somebody',
        ),
        migrations.AlterField(
            model_name='program',
            name='client_secret',
            field=models.CharField(blank=True, default='', editable=False, max_length=255),
        ),
        migrations.AlterField(
            model_name='program',
            name='hash_client_secret',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('authorization_grant_type', 'client-credentials'), _negated=True), models.Q(('client_type', 'confidential'), ('redirect_uris', ''), ('user__isnull', False)), _connector='OR'), name='program_by_itself_acts_as_somebody'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('authorization_grant_type', 'authorization-code'), _negated=True), models.Q(('user__isnull', True), models.Q(('redirect_uris', ''), _negated=True)), _connector='OR'), name='program_of_people_has_redirect_uris'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(('redirect_uris__regex', '^((https://[^\\s/?#@*\\\\]+|http://(127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?)(/[^\\s#@*\\\\]*)?( (https://[^\\s/?#@*\\\\]+|http://(127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?)(/[^\\s#@*\\\\]*)?)*)?$')), name='program_redirect_uris_are_safe'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('authorization_grant_type', 'client-credentials'), _negated=True), models.Q(('allowed_scopes__contains', ['approvals:decide']), _negated=True), _connector='OR'), name='program_by_itself_does_not_decide'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(('algorithm', ''), ('allowed_origins', ''), ('client_secret', ''), ('hash_client_secret', False), ('skip_authorization', False)), name='program_opens_no_other_door'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(('rate_limit__gte', 1), ('rate_limit__lte', 60000)), name='program_rate_limit_is_sensible'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='program_has_name'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='program_name_is_one', violation_error_message='Another program has this name already.'),
        ),
        migrations.AddField(
            model_name='historicalprogram',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalprogram',
            name='user',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acts as'),
        ),
        migrations.AddIndex(
            model_name='historicalprogram',
            index=models.Index(fields=['history_date', 'id'], name='programs_hi_history_5e5ad0_idx'),
        ),
        migrations.AddConstraint(
            model_name='program',
            constraint=models.UniqueConstraint(fields=('user',), name='program_account_has_one_program'),
        ),
    ]
