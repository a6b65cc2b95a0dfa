"""Everything on this machine by one command: servers, database, web, workers, beat."""
