"""Builders of examples, one a public data set: from its published format to the prompts P1 to P8."""
