"""An adversarial benchmark: planted attacks and accidents among honest notifications, labels from what was planted.

Nothing here asks the library what a record is. Signatures are made with the standard library; every label is written
beside what is planted, from the contract's sections on reading, keys, verifying and findings.
"""
