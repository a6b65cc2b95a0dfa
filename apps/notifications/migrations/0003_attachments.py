"""A notice may carry a file of the storage."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('notifications', '0002_being_sent'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='attachment',
            field=models.FileField(blank=True, editable=False, upload_to='', verbose_name='attachment'),
        ),
        migrations.AddField(
            model_name='notice',
            name='attachment_name',
            field=models.CharField(blank=True, editable=False, max_length=150),
        ),
        migrations.AddField(
            model_name='notice',
            name='attachment_sha256',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('attachment', ''), ('attachment_name', ''), ('attachment_sha256', '')), models.Q(models.Q(('attachment', ''), _negated=True), models.Q(('attachment_name', ''), _negated=True), models.Q(('attachment_sha256', ''), _negated=True)), _connector='OR'), name='notice_attachment_is_whole'),
        ),
    ]
