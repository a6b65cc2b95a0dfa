"""Receipts: what went out or came back, on paper, made once by a worker after the commit."""
