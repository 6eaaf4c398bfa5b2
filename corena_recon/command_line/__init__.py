"""The command line: options as rows of tables, commands, exit codes."""
