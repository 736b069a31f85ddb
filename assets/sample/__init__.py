"""Sample documents of an invented company, and the code that writes them."""
