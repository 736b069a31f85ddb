"""What a filing is and says of itself: cover, sections, statements, names of line items."""
