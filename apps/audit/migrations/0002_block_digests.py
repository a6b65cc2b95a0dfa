import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='auditblock',
            options={'default_permissions': ('view',), 'ordering': ('-number',), 'permissions': (('seal_auditblock', 'Can seal the audit log'),), 'verbose_name': 'audit block', 'verbose_name_plural': 'audit blocks'},
        ),
        migrations.AddField(
            model_name='auditblock',
            name='event_count',
            field=models.PositiveIntegerField(default=0, verbose_name='number of events'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditblock',
            name='digests',
            field=models.BinaryField(default=b'', help_text='SHA-256 of each event, 32 bytes each, in the same order', verbose_name='digests'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='auditblock',
            name='below',
            field=models.BigIntegerField(default=0, help_text='database transactions with a lower number had all ended', verbose_name='below'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='auditblock',
            name='sealed_at',
            field=models.DateTimeField(editable=False, verbose_name='sealed at'),
        ),
        migrations.AddIndex(
            model_name='auditblock',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['event_ids'], name='audit_block_by_event'),
        ),
    ]
