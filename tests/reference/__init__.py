"""The contract as a plain and slow program: dicts and loops, nothing of the package, to hold the package against."""
