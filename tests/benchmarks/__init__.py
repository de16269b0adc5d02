"""Speed, measured beside raw SQLite in the same run. `make bench` prints it."""
