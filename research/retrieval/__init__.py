"""Finding the evidence: candidates from several indexes, what speaks for each, and their order."""
