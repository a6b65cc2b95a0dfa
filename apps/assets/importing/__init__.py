"""Registers that come as files: read, understood by their source, previewed, imported whole.

reading     bytes to a sheet of cells that know their line, or one sentence why not
sources     whose headers, dates and amounts these are; a sheet to rows in our words
rows        a row in our words to what `services.register` and `change` take
resources   django-import-export's view of it: preview, all or nothing, once
forms       what the clerk chooses before
"""
