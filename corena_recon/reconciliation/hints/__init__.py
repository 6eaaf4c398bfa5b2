"""What is told besides results: where inputs look wrong, before anybody is accused."""
