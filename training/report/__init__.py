"""What an adapter is worth: a model with and without it, stage by stage, on the measuring part."""
