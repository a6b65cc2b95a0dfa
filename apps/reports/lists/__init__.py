"""Lists of the back office as reports: their rows as somebody sees them, and what may leave."""
