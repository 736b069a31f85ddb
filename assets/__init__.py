"""Files that come with the program: the sample filing, the adapter, the desk's looks."""
