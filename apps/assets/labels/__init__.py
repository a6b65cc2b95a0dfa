"""Labels for assets: a code that scanners read, and what people read, on sheets that one can buy.

`formats` are the sheets, `codes` draws the codes, `printing` sets the labels on pages.
"""
