"""A new audit block moves the head as the owner of the tables; the application only reads it."""

from django.db import migrations

AS_OWNER = """
ALTER FUNCTION audit_block_continues_chain()
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;
"""
AS_CALLER = "ALTER FUNCTION audit_block_continues_chain() SECURITY INVOKER RESET search_path;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_search_indexes")]

    operations = [migrations.RunSQL(AS_OWNER, AS_CALLER)]
