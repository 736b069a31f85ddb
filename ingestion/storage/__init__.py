"""Where a workspace keeps what it knows: SQLite, Chroma, notes of unfinished work."""
