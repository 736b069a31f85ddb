"""From a question to a verified answer. Knows no screen."""
