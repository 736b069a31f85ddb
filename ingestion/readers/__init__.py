"""One reader a kind of file: bytes in, pages out."""
