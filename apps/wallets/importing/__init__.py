"""Journals of other programs: read, mapped to accounts of ours, previewed, posted whole and once.

journal       what a file says, in our words
reading       bytes to a journal, or every row that is wrong with the reason
summing       a journal to the figures that the pages show
mapping       which account of ours each of its accounts is
previewing    what an import would do to each account
carrying_out  the posting, in a worker
services      what people do: upload, map, confirm, discard
"""
