from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='reportrun',
            name='ledger_count',
            field=models.BigIntegerField(blank=True, help_text='with the position it names one state of the ledger', null=True, verbose_name='transactions in the ledger'),
        ),
        migrations.AlterField(
            model_name='reportfile',
            name='file',
            field=models.FileField(max_length=250, upload_to='reports/', verbose_name='file'),
        ),
    ]
