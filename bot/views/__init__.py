"""What people see: plain values in, Block Kit out. Pure functions, no clock, no network, no SQL."""
