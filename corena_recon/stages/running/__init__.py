"""What a run needs besides its verb: its options, its clock, how far it is, what came before, where its tables go."""
