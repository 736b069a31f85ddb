"""Files in, searchable passages out: parsing, the workspace and its indexes. Knows no model."""
