"""Questions that analysts ask, made up from wordings and names, each with its plan of steps."""
