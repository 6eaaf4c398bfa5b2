"""What the form looks like: its fields on tabs, their controls, and the HTML of what is told."""
