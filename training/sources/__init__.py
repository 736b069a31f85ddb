"""Builders of examples, one a data set: from its published format to the prompts P1 to P8."""
