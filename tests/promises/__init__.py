"""What the whole bot promises, kept while its process is killed, flooded or left alone."""
