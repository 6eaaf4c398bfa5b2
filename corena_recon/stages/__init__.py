"""The verbs on what people have: verify, reconcile, explain, and audit, which is all of it at once."""
