"""What people can do, one function each; and the one list of all features that the handlers and the worker use."""
