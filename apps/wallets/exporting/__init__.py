"""The journal as a file: CSV that an import reads back, and plain text that hledger reads.

selection   which transactions, and the names of their accounts
as_csv      rows, written by the database
as_hledger  a journal with its commodities and accounts
services    the deed, which leaves a trace
"""
