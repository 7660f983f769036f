"""The command line: argv, what is printed, exit codes."""
