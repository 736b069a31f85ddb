"""Examples over a filing's evidence: facts put into words, and what the search finds for them."""
