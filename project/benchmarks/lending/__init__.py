"""Lending in figures; each module here measures one part of it."""
