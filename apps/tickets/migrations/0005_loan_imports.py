"""Files of open loans that were taken over from another system."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0004_lenders_due_dates_and_files'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LoanImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=150, verbose_name='file')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('content', models.BinaryField()),
                ('choices', models.JSONField(help_text='what holds where the file says nothing')),
                ('report', models.JSONField(help_text='one entry for each row of the file', verbose_name='report')),
                ('digest', models.CharField(help_text='of the report that was confirmed', max_length=64)),
                ('uploaded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='uploaded at')),
                ('imported_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='imported at')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
            ],
            options={
                'verbose_name': 'import of loans',
                'verbose_name_plural': 'imports of loans',
                'db_table': 'loan_imports',
                'ordering': ('-id',),
                'permissions': (('import_loan', 'Can import open loans of another system'),),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('imported_at__isnull', False)), fields=('sha256',), name='loan_import_goes_in_once')],
            },
        ),
    ]
