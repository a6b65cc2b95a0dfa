"""Open loans of another system as a file: read, previewed row by row, imported whole.

sources   whose headers these are, and how dates are written
rows      a row in our words to what `services.take_over` takes
services  preview and import: all or nothing, as previewed, once
forms     what the clerk chooses before
"""
