"""From words with boxes to lines, sentences and tables."""
