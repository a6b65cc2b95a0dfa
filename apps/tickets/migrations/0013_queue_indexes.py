"""Each queue of the desk has an index that holds only what waits in it, in the order of the list."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assets', '0004_status_in_history'),
        ("tickets", "0012_mentions_and_origin"),
        ('wallets', '0013_ledger_seals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['entered_by', '-id'], name='ticket_by_clerk'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status__in', ('draft', 'changes_requested'))), fields=['-id'], name='ticket_drafts'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status', 'submitted')), fields=['submitted_at', 'id'], name='ticket_waiting'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status', 'approved')), fields=['starts_at', 'id'], name='ticket_to_collect'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status', 'on_loan')), fields=['ends_at', 'id'], name='ticket_out'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status', 'returned')), fields=['ends_at', 'id'], name='ticket_back'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status', 'closed')), fields=['-id'], name='ticket_closed'),
        ),
        migrations.AddIndex(
            model_name='ticketline',
            index=models.Index(condition=models.Q(('status', 'on_loan')), fields=['due_at'], name='ticket_line_due'),
        ),
        migrations.AddIndex(
            model_name='ticketline',
            index=models.Index(condition=models.Q(('status', 'returned')), fields=['ticket'], name='ticket_line_to_inspect'),
        ),
    ]
