"""Code: what a function's behaviour depends on, and the source tree as a git commit."""
