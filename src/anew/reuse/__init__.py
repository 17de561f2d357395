"""Calls that need not run again: how one is known, what came of it, and how that is kept.

`arguments` digests what a function is called with, `asking` makes a key of it, `watched` sees what
the function does, `effects` puts it down and gives it again, `remember` keeps it as a memo. Steps
and cached functions use it alike; `cached` is a call of one of the latter.
"""
