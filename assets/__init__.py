"""Files that come with the program: the sample filing and the desk's looks."""
