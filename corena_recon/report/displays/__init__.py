"""What people see of a report at once: the terminal's text, the card of a notebook, pictures, the worklist's sheet."""
