"""Lines keep their lender and when they are due; tickets keep files, which nobody changes."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

FILL = """
UPDATE ticket_lines AS line SET lender_id = asset.lender_id, due_at = ticket.ends_at
  FROM tickets AS ticket, assets AS asset
 WHERE ticket.id = line.ticket_id AND asset.id = line.asset_id;
-- The foreign keys are checked now, because a table with checks to come cannot be altered.
SET CONSTRAINTS ALL IMMEDIATE;
"""

FILES_STAY = """
CREATE FUNCTION ticket_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_ARGV[0], MESSAGE = TG_ARGV[1];
END $$;

CREATE TRIGGER ticket_files_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_files
    EXECUTE FUNCTION ticket_refuses('ticket_files_stay', 'a kept file is neither changed nor deleted');
"""

FILES_MAY_GO = """
DROP TRIGGER ticket_files_stay ON ticket_files;
DROP FUNCTION ticket_refuses();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0003_history_shows_moves'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalticketline',
            name='due_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, help_text='the end of the ticket, or of an extension', verbose_name='due back'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='historicalticketline',
            name='lender',
            field=models.ForeignKey(blank=True, db_constraint=False, editable=False, help_text='who owned the asset when it was asked for, and is paid for it', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lender'),
        ),
        migrations.AddField(
            model_name='ticketline',
            name='due_at',
            field=models.DateTimeField(editable=False, help_text='the end of the ticket, or of an extension', null=True, verbose_name='due back'),
        ),
        migrations.AddField(
            model_name='ticketline',
            name='lender',
            field=models.ForeignKey(editable=False, help_text='who owned the asset when it was asked for, and is paid for it', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lender'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='ticketline',
            name='due_at',
            field=models.DateTimeField(editable=False, help_text='the end of the ticket, or of an extension', verbose_name='due back'),
        ),
        migrations.AlterField(
            model_name='ticketline',
            name='lender',
            field=models.ForeignKey(editable=False, help_text='who owned the asset when it was asked for, and is paid for it', on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lender'),
        ),
        migrations.CreateModel(
            name='TicketFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('photo_out', 'photo at hand-over'), ('photo_in', 'photo at return'), ('claim', 'photo of damage'), ('signature_out', 'signature at hand-over'), ('signature_in', 'signature at return'), ('receipt_out', 'hand-over receipt'), ('receipt_in', 'return receipt'), ('comment', 'attached to a comment')], max_length=20, verbose_name='purpose')),
                ('file', models.FileField(upload_to='tickets/%Y/%m/', verbose_name='file')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('content_type', models.CharField(max_length=100, verbose_name='type')),
                ('size', models.PositiveBigIntegerField(help_text='bytes', verbose_name='size')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='added at')),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by')),
                ('comment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='tickets.ticketcomment')),
                ('line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='tickets.ticketline')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='tickets.ticket')),
            ],
            options={
                'verbose_name': 'file',
                'verbose_name_plural': 'files',
                'db_table': 'ticket_files',
                'ordering': ('pk',),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose__in', ['photo_out', 'photo_in', 'claim', 'signature_out', 'signature_in', 'receipt_out', 'receipt_in', 'comment'])), name='ticket_file_has_purpose'), models.CheckConstraint(condition=models.Q(models.Q(('comment__isnull', False), ('purpose', 'comment')), models.Q(models.Q(('purpose', 'comment'), _negated=True), ('comment__isnull', True)), _connector='OR'), name='ticket_file_of_comment_has_comment')],
            },
        ),
        migrations.RunSQL(FILES_STAY, FILES_MAY_GO),
    ]
