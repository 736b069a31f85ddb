"""How good the desk is, measured on real filings. Used by no other room."""
