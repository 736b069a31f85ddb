"""The language model and the embedding model, each behind one seam. Knows no filing."""
