"""The command line's smaller commands, one module per word. Whatever is slow to import is imported when it is run."""
